#pragma once
// `hitkeep doctor`: what is wrong with this installation, and what to do. Facts first (doctor_facts.cc), then what they
// mean: one table of checks (doctor.cc).

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "base/clock.h"
#include "base/error.h"

namespace hk::app {

/// What /metrics said: a series with its labels, and its value.
class Readings {
 public:
  Readings() = default;
  explicit Readings(std::string_view text);
  bool empty() const { return values_.empty(); }
  /// Sum of a metric's series whose labels hold `label` ("" for all); 0 where there is none.
  double sum(std::string_view metric, std::string_view label = {}) const;
  /// The value of a label in the first series of a metric; empty where there is none.
  std::string label(std::string_view metric, std::string_view name) const;

 private:
  std::map<std::string, double, std::less<>> values_;
};

/// What the program that runs says of itself.
struct Running {
  bool ready = false;
  std::string why_not;  // /readyz
  Readings metrics;     // empty where they are closed to us
};

/// What a look at the data directory shows.
struct Directory {
  bool exists = false;
  bool readable = false;
  bool open_to_others = false;
  std::string owner, stranger;  // users; a stranger owns `strangers` files inside, `example` first
  std::uint64_t strangers = 0;
  std::string example;
  std::uint64_t bytes = 0;  // of files outside of the log
  std::uint64_t log_bytes = 0;
  std::uint64_t dead_letters = 0;  // files
  std::uint64_t free_bytes = 0, disk_bytes = 0;
  TimeMs oldest{}, newest{};  // of its files
};

struct Facts {
  Config config;
  std::string installed;  // version of this program
  std::optional<Running> running;
  std::string port_trouble;  // where none runs: why not, as far as the port shows; empty: the port is free
  Directory directory;
  TimeMs now{};
  std::optional<bool> synchronised;    // the clock, with a time server; nothing where the system does not say
  std::uint64_t memory = 0;            // bytes that the process may use
  std::optional<Result<void>> url;     // asked; nothing where the URL is not set
  std::uint64_t unnamed_proxy = 0;     // requests that came through an unnamed proxy while it was asked
  std::optional<Result<void>> mail;    // reached; nothing where none is set
  std::optional<Result<void>> mailed;  // the test mail, where one was wanted
};

/// Looks, and asks. `mail_to`: where to send a test mail; empty: nowhere.
Facts gather(const Config& config, const std::string& mail_to);

enum class Health : std::uint8_t { fine, note, trouble };

struct Diagnosis {
  std::string_view about;
  Health verdict = Health::fine;
  std::string sentence;  // what is, and where it is not fine, what to do
};

/// Free space below this is trouble, whatever comes in a day.
inline constexpr std::uint64_t kLeastFreeBytes = 512ull << 20;
/// A disk that is full in fewer days is trouble, when it has been filled for a day at least.
inline constexpr double kFewestDays = 14;
/// Less memory than this is not tried.
inline constexpr std::uint64_t kLeastMemory = 250ull << 20;
/// A part of what a limit allows; above it is trouble.
inline constexpr double kNearlyAll = 0.9;

/// Days until the disk is full, as fast as it was filled so far; nothing where that is not known yet.
std::optional<double> days_left(const Directory& directory, TimeMs now);

/// What the facts mean, check by check.
std::vector<Diagnosis> diagnose(const Facts& facts);

/// Prints a page, and says whether all is well.
bool doctor(const Config& config, const std::string& mail_to);

}  // namespace hk::app
