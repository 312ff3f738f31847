#include "http/exchange.h"

#include <cassert>

namespace hk::http {

thread_local Mailbox::Round* Mailbox::round_ = nullptr;

Mailbox::Round::Round() {
  assert(round_ == nullptr);
  round_ = this;
}

Mailbox::Round::~Round() {
  round_ = nullptr;
  for (const auto& mailbox : asleep_) {
    const std::lock_guard lock(mailbox->mutex_);
    if (!mailbox->closed_ && !mailbox->waiting_.empty()) mailbox->wake_();
  }
}

void Mailbox::send(std::shared_ptr<Parcel> parcel) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(parcel));
  if (waiting_.size() > 1) return;
  if (round_ != nullptr)
    round_->asleep_.push_back(shared_from_this());
  else
    wake_();
}

void Mailbox::deliver() {
  {
    std::lock_guard lock(mutex_);
    arriving_.swap(waiting_);
  }
  for (auto& parcel : arriving_) {
    Parcel& arrived = *parcel;
    arrived.arrive(std::move(parcel));
  }
  arriving_.clear();
}

void Mailbox::close() {
  std::vector<std::shared_ptr<Parcel>> dropped;  // their destructors run without the lock
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
}

void Exchange::arrive(std::shared_ptr<Parcel> self) {
  auto go_on = std::exchange(resume, nullptr);
  self.reset();  // the connection that goes on may find that it alone holds the exchange, and use it again
  if (go_on) go_on();
}

void Exchange::begin_again() {
  // Whatever is not named here, and what a later field will hold, is a new exchange's.
  auto to = std::move(mailbox);
  auto room = std::move(context.request.headers);
  room.clear();
  *this = Exchange();
  mailbox = std::move(to);
  context.request.headers = std::move(room);
}

}  // namespace hk::http
