#pragma once
// The composition root: owns every room, in the order in which they start; the stop is the reverse.

#include <memory>
#include <span>
#include <string_view>

#include "app/settings.h"
#include "base/error.h"
#include "http/assets.h"

namespace hk::app {

struct Rooms;

inline constexpr std::string_view kVersion = HITKEEP_VERSION;

class App {
 public:
  /// Opens the data directory, applies what the log holds, and listens. A failure is one sentence for the operator, and
  /// nothing that was there is changed by it. `mails`: mail::embedded_templates().
  static Result<std::unique_ptr<App>> start(const Config& config, std::span<const http::Asset> assets,
                                            std::string_view mails);
  ~App();

  /// Readiness off, stop accepting, finish requests, flush and close the log, apply what is left, checkpoint, close.
  /// Under 5 seconds also under load. Fails where the log had failed, so that whoever started the program hears of it.
  /// Call once.
  Result<void> stop();

  /// Reads again what the operator may have replaced: files of places and networks, the certificate for TLS. Fit for
  /// SIGHUP.
  void reload();

  /// The port that is listened on.
  int port() const;

 private:
  explicit App(std::unique_ptr<Rooms> rooms);
  std::unique_ptr<Rooms> rooms_;
};

/// Opens the data directory although something is lost that a start would refuse to go on without, applies what is
/// there, and closes it; the log says what is missing. What is damaged or does not belong together stays refused.
Result<void> mend(const Config& config);

/// Opens the data directory, writes each database file anew without the room that deleted rows left in it, and closes
/// it. Says on stdout what became smaller. No server may run on it.
Result<void> compact(const Config& config);

}  // namespace hk::app
