#include "mail/mailer.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/logging.h"
#include "crypto/random.h"

namespace hk::mail {
namespace {

constexpr std::string_view kName = "hitkeep_mails_total";
constexpr std::string_view kHelp = "Mails by what became of them; a retried one comes again";

}  // namespace

Mailer::Mailer(Sender from, Deliver deliver, metrics::Registry& metrics, const Clock& clock,
               std::span<const std::chrono::seconds> retries)
    : from_(std::move(from)),
      deliver_(std::move(deliver)),
      clock_(clock),
      retries_(retries),
      sent_(metrics.counter(kName, kHelp, {{"result", "sent"}})),
      failed_(metrics.counter(kName, kHelp, {{"result", "failed"}})),
      retried_(metrics.counter(kName, kHelp, {{"result", "retried"}})),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "mail");
}

Mailer::~Mailer() {
  thread_.request_stop();
  thread_.join();
  if (!queue_.empty()) logging::warn("mails were not sent before the stop", {{"count", queue_.size()}});
}

bool Mailer::submit(Mail mail) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kMailQueue) return false;
    queue_.push_back({.mail = std::move(mail), .due = std::chrono::steady_clock::now()});
  }
  changed_.notify_one();
  return true;
}

void Mailer::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto next = std::ranges::min_element(queue_, {}, &Waiting::due);
    if (next == queue_.end()) {
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
    } else if (const Time due = next->due; due > std::chrono::steady_clock::now()) {
      const std::size_t before = queue_.size();
      changed_.wait_until(lock, stop, due, [&] { return queue_.size() != before; });
    } else {
      Waiting waiting = std::move(*next);
      queue_.erase(next);
      lock.unlock();
      deliver(std::move(waiting), stop);
      lock.lock();
    }
  }
}

/// An exception (no descriptor, no memory) is a failure of this try alone.
Result<void> Mailer::attempt(const Mail& mail, const std::stop_token& stop) {
  try {
    return deliver_(mail.to, compose(from_, mail, clock_.now(), crypto::random_hex(16)), stop);
  } catch (const std::exception& exception) {
    return fail(Code::unavailable, exception.what());
  }
}

Result<void> Mailer::send_now(const Mail& mail, const std::stop_token& stop) {
  auto done = attempt(mail, stop);
  (done ? sent_ : failed_).add();
  return done;
}

void Mailer::deliver(Waiting waiting, const std::stop_token& stop) {
  const Mail& mail = waiting.mail;
  const auto done = attempt(mail, stop);
  if (done) {
    sent_.add();
    logging::info("a mail was sent", {{"mail", mail.name}});
    return;
  }
  const bool stopped = done.error().code == Code::unavailable && stop.stop_requested();
  const bool again = done.error().code == Code::unavailable && waiting.tries < retries_.size();
  if (!stopped) {
    (again ? retried_ : failed_).add();
    logging::warn(again ? "a mail could not be sent yet" : "a mail could not be sent",
                  {{"mail", mail.name}, {"error", done.error().message}});
    if (!again) return;
    waiting.due = std::chrono::steady_clock::now() + retries_[waiting.tries++];
  }
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(waiting));
}

}  // namespace hk::mail
