#include "http/exchange.h"

namespace hk::http {

void Mailbox::send(std::shared_ptr<Parcel> parcel) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(parcel));
  if (waiting_.size() == 1) wake_();
}

void Mailbox::deliver() {
  {
    std::lock_guard lock(mutex_);
    arriving_.swap(waiting_);
  }
  for (auto& parcel : arriving_) parcel->arrive();
  arriving_.clear();
}

void Mailbox::close() {
  std::vector<std::shared_ptr<Parcel>> dropped;  // their destructors run without the lock
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
}

void Exchange::arrive() {
  if (auto go_on = std::exchange(resume, nullptr)) go_on();
}

}  // namespace hk::http
