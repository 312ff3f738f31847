#include "acme/keeper.h"

#include <pthread.h>

#include <algorithm>
#include <optional>

#include "base/logging.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace hk::acme {
namespace {

/// How often the clock is looked at: it may jump.
constexpr std::chrono::seconds kLook{20};
constexpr std::chrono::milliseconds kSoonest{500};
constexpr std::chrono::hours kHour{1};

bool covers(const crypto::CertificateFacts& facts, const std::vector<std::string>& names) {
  return std::ranges::all_of(
      names, [&](const auto& name) { return std::ranges::find(facts.names, name) != facts.names.end(); });
}

}  // namespace

TimeMs renewal_of(const crypto::CertificateFacts& facts, std::string_view chain) {
  const auto life = facts.ends - facts.begins;
  const auto print = crypto::sha256(chain);
  const auto jitter = life / 30 * print[0] / 256;
  return facts.ends - life / 3 - jitter;
}

std::chrono::milliseconds pause_behind(std::int64_t failures, Code last) {
  std::chrono::milliseconds pause = last == Code::unavailable ? kFirstPauseUnasked : kFirstPause;
  for (std::int64_t i = 1; i < failures && pause < kLongestPause; ++i) pause *= 2;
  return std::min<std::chrono::milliseconds>(pause, kLongestPause);
}

Keeper::Keeper(KeeperOptions options, Ask ask, Doors doors, Show show, const Clock& clock)
    : options_(std::move(options)),
      ask_(std::move(ask)),
      doors_(std::move(doors)),
      show_(std::move(show)),
      clock_(clock),
      folder_(options_.folder) {}

Result<void> Keeper::open() {
  if (auto opened = folder_.open(); !opened) return opened;
  progress_ = folder_.progress();
  const bool same = progress_.directory == options_.client.directory && progress_.names == options_.names;
  // What was asked for is another thing now; how often was asked still counts.
  if (!same) {
    progress_ = {.directory = options_.client.directory,
                 .names = options_.names,
                 .barred = progress_.barred,
                 .tries = std::move(progress_.tries)};
  } else if (!progress_.order.empty() && !std::exchange(progress_.resumed, true)) {
    progress_.next = {};
  }
  if (auto kept = folder_.keep(progress_); !kept) return kept;
  const auto read = folder_.certificate();
  if (!read) return std::unexpected(read.error());
  const std::optional<KeptPair>& certificate = *read;
  if (!certificate) return {};
  const auto& [chain, key] = *certificate;
  const auto facts = crypto::read_certificate(chain);
  if (!facts) return std::unexpected(facts.error());
  if (auto shown = show_(chain, key); !shown) return shown;
  if (same && covers(*facts, options_.names)) renewal_ = renewal_of(*facts, chain);
  return {};
}

void Keeper::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "acme");
    run(stop);
  });
}

void Keeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Keeper::nudge() {
  const std::lock_guard lock(mutex_);
  nudged_ = true;
  changed_.notify_all();
}

void Keeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look(stop);
    const Millis pause = std::clamp<Millis>(due() - clock_.now(), kSoonest, kLook);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause, [this] { return nudged_; });
  }
}

TimeMs Keeper::due() const {
  return std::max({renewal_, progress_.next, progress_.barred});
}

/// Whatever the schedule says, and however often the program is started: not more than this.
bool Keeper::may_ask(TimeMs now) const {
  return std::ranges::count_if(progress_.tries, [&](TimeMs at) { return at > now - kHour && at <= now; }) <
         static_cast<std::ptrdiff_t>(kTriesAnHour);
}

void Keeper::look(const std::stop_token& stop) {
  const TimeMs now = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(nudged_, false)) progress_.next = std::min(progress_.next, now);
  }
  if (now >= due() && may_ask(now)) ask(stop);
}

/// The failure is noted before the try begins: who is killed in the middle of each has failed, too.
void Keeper::ask(const std::stop_token& stop) {
  const TimeMs now = clock_.now();
  ++progress_.failures;
  progress_.next = now + pause_behind(progress_.failures, Code::invalid);
  progress_.tries.push_back(now);
  if (auto kept = folder_.keep(progress_); !kept) {
    logging::error("no certificate is asked for, because nothing can be kept", {{"error", kept.error().message}});
    return;
  }
  logging::info("asking for a certificate",
                {{"authority", options_.client.directory}, {"for", options_.names.front()}});
  if (auto got = get(stop); !got) {
    note_failure(got.error(), stop.stop_requested());
  } else {
    progress_ = {.directory = options_.client.directory, .names = options_.names};
    folder_.forget_next_key();
  }
  if (auto kept = folder_.keep(progress_); !kept)
    logging::error("how far it is with the certificate cannot be kept", {{"error", kept.error().message}});
}

Result<void> Keeper::get(const std::stop_token& stop) {
  const auto account = folder_.account();
  if (!account) return std::unexpected(account.error());
  const auto key = folder_.next_key();
  if (!key) return std::unexpected(key.error());
  Client client([&](const net::HttpsRequest& request) { return ask_(request, stop); }, options_.client, *account, stop);
  const auto chain = client.get({.names = options_.names,
                                 .key = *key,
                                 .order = progress_.order,
                                 .begun =
                                     [this](const std::string& order) {
                                       progress_.order = order;
                                       progress_.resumed = false;
                                       (void)folder_.keep(progress_);  // else it is begun anew
                                     }},
                                doors_);
  if (!chain) return std::unexpected(chain.error());
  const auto facts = crypto::read_certificate(*chain);
  if (!facts || !covers(*facts, options_.names))
    return fail(Code::invalid, "the authority sent something else than the certificate that was asked for");
  if (auto kept = folder_.keep(*chain, *key); !kept) return kept;
  if (auto shown = show_(*chain, key->pem()); !shown) return shown;
  renewal_ = renewal_of(*facts, *chain);
  logging::info("there is a new certificate", {{"ends", rfc3339(facts->ends)}, {"renewed", rfc3339(renewal_)}});
  return {};
}

void Keeper::note_failure(const Error& error, bool stopped) {
  const TimeMs now = clock_.now();
  const bool unasked = error.code == Code::unavailable;
  if (stopped) {
    --progress_.failures;
    progress_.next = {};
  } else {
    progress_.next = now + pause_behind(progress_.failures, error.code);
    progress_.barred = now + error.retry_after;
  }
  if (unasked) progress_.tries.pop_back();
  if (error.code == Code::invalid) progress_.order.clear();
  if (!stopped) logging::error(concat({"there is no certificate: ", error.message}), {{"next_try", rfc3339(due())}});
}

}  // namespace hk::acme
