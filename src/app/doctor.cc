#include "app/doctor.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iterator>

#include "app/ask.h"
#include "app/duties.h"
#include "app/memory.h"
#include "app/tls_files.h"
#include "base/text.h"
#include "base/trusted_clock.h"

namespace hk::app {
namespace {

using namespace std::chrono_literals;
using Diagnoses = std::vector<Diagnosis>;

std::string megabytes(std::uint64_t bytes) {
  const auto mb = bytes >> 20;
  return mb < 10'240 ? std::to_string(mb) + " MB" : std::to_string(mb >> 10) + " GB";
}

std::string whole(double number) {
  return std::to_string(static_cast<std::int64_t>(number));
}

/// Of all hits.
constexpr double kMost = 0.5;

struct Page {
  std::string_view about;
  Diagnoses& findings;

  void fine(std::string sentence) { findings.push_back({about, Health::fine, std::move(sentence)}); }
  void note(std::string sentence) { findings.push_back({about, Health::note, std::move(sentence)}); }
  void trouble(std::string sentence) { findings.push_back({about, Health::trouble, std::move(sentence)}); }
  bool clean() const { return findings.empty() || findings.back().about != about; }
};

void check_version(const Facts& facts, Page& page) {
  if (!facts.running)
    return page.note(
        concat({facts.installed, " is installed; whether it is the one that should run shows when one runs."}));
  const auto runs = facts.running->metrics.label("hitkeep_build_info", "version");
  if (runs.empty())
    return page.note(concat({facts.installed, " is installed; the one that runs does not say its version."}));
  if (runs != facts.installed)
    return page.trouble(
        concat({facts.installed, " is installed, but ", runs, " runs: restart it (systemctl restart hitkeep)."}));
  page.fine(concat({facts.installed, " is installed, and runs."}));
}

void check_port(const Facts& facts, Page& page) {
  const auto at = asked_at(facts.config.http_addr);
  const auto here = concat({at.host, ":", std::to_string(at.port)});
  if (facts.running) return page.fine(concat({"HitKeep answers at ", here, "."}));
  if (facts.port_trouble.empty())
    return page.trouble(concat({"Nobody listens at ", here,
                                ": start HitKeep (systemctl start hitkeep), or name its port in HITKEEP_HTTP_ADDR."}));
  page.trouble(concat({"Another program has the port ", here, " (", facts.port_trouble,
                       "): end it, or set HITKEEP_HTTP_ADDR to a free port."}));
}

void check_directory(const Facts& facts, Page& page) {
  const Directory& d = facts.directory;
  const auto& path = facts.config.data_path;
  if (!d.exists)
    return page.trouble(concat(
        {path, " does not exist: set HITKEEP_DATA_PATH to the data directory, or start HitKeep, which makes it."}));
  if (!d.readable)
    return page.trouble(
        concat({path, " cannot be read by this user: run hitkeep doctor as ", d.owner, " or as root."}));
  if (d.open_to_others) page.trouble(concat({"Others may look into ", path, ": chmod 700 ", path, "."}));
  if (d.strangers > 0)
    page.trouble(
        concat({std::to_string(d.strangers), " files in ", path, " belong to ", d.stranger, " (", d.example,
                "), the directory to ", d.owner, ", who cannot change them: chown -R ", d.owner, ": ", path, "."}));
  if (page.clean())
    page.fine(concat({path, " belongs to ", d.owner, " alone, with all that is in it: ", megabytes(d.bytes), ", and ",
                      megabytes(d.log_bytes), " of log."}));
}

void check_disk(const Facts& facts, Page& page) {
  const Directory& d = facts.directory;
  if (!d.exists || d.disk_bytes == 0) return;
  const auto days = days_left(d, facts.now);
  const auto free = concat({megabytes(d.free_bytes), " of ", megabytes(d.disk_bytes), " are free"});
  const std::string_view mend = "make room, or move the data directory to a larger disk (HITKEEP_DATA_PATH).";
  if (d.free_bytes < kLeastFreeBytes) return page.trouble(concat({"Only ", free, ": ", mend}));
  if (!days) return page.fine(concat({free, "; how fast they are used shows after a day."}));
  if (*days < kFewestDays)
    return page.trouble(concat({free, ", which lasts ", whole(*days), " days at the pace so far: ", mend}));
  page.fine(concat(
      {free, ", which lasts ", *days > 3650 ? "more than ten years" : whole(*days) + " days", " at the pace so far."}));
}

/// What one metric says when it is above a limit.
struct Alarm {
  std::string_view metric;
  double above;
  std::string_view sentence;
};
constexpr Alarm kAlarms[] = {
    {"hitkeep_lane_stopped", 0,
     "database files cannot be opened or written: the log of HitKeep names them and says why; look at the disk."},
    {"hitkeep_control_stopped", 0, "control data cannot be applied: the log of HitKeep says why; look at the disk."},
    {"hitkeep_control_damaged_tables", 0,
     "tables of control.db are damaged: restore control.db from a backup (docs/storage.md)."},
    {"hitkeep_damaged_reads_total", 0,
     "reads met rows that the disk has damaged: look at the disk, and restore the file that the log of HitKeep names."},
    {"hitkeep_set_aside", 0,
     "days or months cannot be sealed or sorted for damage: look at the disk, and restore the file that the log of "
     "HitKeep "
     "names."},
    {"hitkeep_dead_letters_total", 0,
     "records could not be read; they lie in dead-letter/ for 48 hours: keep a copy, and report it."},
    {"hitkeep_backlog_dropped_total", 0,
     "hits of a stopped database file found no room and are lost: make room on the disk."},
    {"hitkeep_file_copies_skipped", 0,
     "database files have no room for the copy that heals them after a power cut: make room on the disk."},
};

void check_log(const Facts& facts, Page& page) {
  if (!facts.running) {
    if (facts.directory.dead_letters > 0)
      page.trouble(concat({std::to_string(facts.directory.dead_letters),
                           " records that could not be read lie in dead-letter/: keep a copy, and report it."}));
    return;
  }
  if (!facts.running->ready)
    page.trouble(concat(
        {"HitKeep runs, but is not ready: ", facts.running->why_not, ". Its log says more (journalctl -u hitkeep)."}));
  const Readings& metrics = facts.running->metrics;
  if (metrics.empty())
    return page.note(
        "The figures of the program are closed to this command: set HITKEEP_METRICS_TOKEN for both, or run it on the "
        "same machine.");
  for (const auto& alarm : kAlarms)
    if (const double value = metrics.sum(alarm.metric); value > alarm.above)
      page.trouble(concat({whole(value), " ", alarm.sentence}));
  const double lag = metrics.sum("hitkeep_apply_lag_seconds");
  const double held = metrics.sum("hitkeep_log_held_bytes"),
               most = static_cast<double>(facts.config.log_max_mb) * (1 << 20);
  if (lag > std::chrono::duration<double>(kMaxLag).count())
    page.trouble(concat({"Figures are ", whole(lag),
                         " seconds late; nothing is lost: look at what else uses the processor and the disk."}));
  else if (held > kNearlyAll * most)
    page.trouble(concat({megabytes(static_cast<std::uint64_t>(held)), " of the log wait to be applied, and at ",
                         std::to_string(facts.config.log_max_mb),
                         " MB hits are refused: raise HITKEEP_LOG_MAX_MB, and look at the disk."}));
  else if (page.clean())
    page.fine(concat({"Figures are ", whole(lag), " seconds late; ", megabytes(static_cast<std::uint64_t>(held)),
                      " of the log wait to be applied."}));
}

void check_clock(const Facts& facts, Page& page) {
  const auto says = rfc3339(facts.now);
  if (facts.now < TrustedClock::kEarliest || facts.now >= TrustedClock::kLatest)
    return page.trouble(concat({"The clock says ", says, ", which cannot be: set it."}));
  if (facts.directory.newest > facts.now + TrustedClock::kMaxBehind)
    return page.trouble(
        concat({"The clock says ", says, ", but a file of the data directory is of ", rfc3339(facts.directory.newest),
                ": set the clock, or, where that date is wrong, start once with HITKEEP_TRUST_CLOCK=true."}));
  if (facts.synchronised == false)
    return page.note(
        concat({"The clock says ", says, "; no time server keeps it right: install chrony or systemd-timesyncd."}));
  page.fine(concat({"The clock says ", says, "."}));
}

void check_memory(const Facts& facts, Page& page) {
  const auto databases = database_memory(facts.config.memory_limit_mb, facts.memory);
  const auto allowed =
      concat({megabytes(facts.memory), " may be used, ", megabytes(databases), " of them by the databases"});
  if (facts.memory < kLeastMemory)
    return page.trouble(concat({allowed, "; HitKeep needs 256 MB: raise the limit (MemoryMax=, mem_limit)."}));
  if (databases > facts.memory / 2)
    return page.trouble(
        concat({allowed, ", which leaves too little for the rest: lower HITKEEP_MEMORY_LIMIT_MB, or leave it out."}));
  const double resident = facts.running ? facts.running->metrics.sum("hitkeep_resident_memory_bytes") : 0;
  if (resident > kNearlyAll * static_cast<double>(facts.memory))
    return page.trouble(concat({allowed, ", and ", megabytes(static_cast<std::uint64_t>(resident)),
                                " are used: raise the limit (MemoryMax=, mem_limit)."}));
  page.fine(resident > 0 ? concat({allowed, "; ", megabytes(static_cast<std::uint64_t>(resident)), " are used."})
                         : allowed + ".");
}

/// To these browsers are lenient: pages of https may load from them.
bool is_here(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

void check_url(const Facts& facts, Page& page) {
  const auto& url = facts.config.public_url;
  if (!facts.url)
    return page.note(
        concat({"HITKEEP_PUBLIC_URL is not set: links lead to ", url, ", and only this machine can follow them."}));
  if (!*facts.url)
    return page.trouble(
        concat({url, " does not lead to HitKeep: ", facts.url->error().message,
                ". Look at its name in the DNS, the proxy in front and the firewall, or correct HITKEEP_PUBLIC_URL."}));
  if (url.starts_with("http://") && !is_here(facts.config.public_host))
    return page.note(concat(
        {url, " leads here, but https pages may not load the tracker from it: put https in front (docs/proxies.md)."}));
  page.fine(concat({url, " leads here."}));
}

void check_proxy(const Facts& facts, Page& page) {
  if (!facts.running) return;
  const std::string_view mend =
      "the log of HitKeep and its first page name it, and say what to set (HITKEEP_TRUSTED_PROXIES, docs/proxies.md).";
  if (facts.unnamed_proxy > 0)
    return page.trouble(
        concat({"The way from the public URL leads through a proxy that HitKeep does not know, so all its visitors "
                "count as one: ",
                mend}));
  if (facts.running->metrics.sum("hitkeep_http_unnamed_proxy_total", "peer=\"internal\"") > 0)
    return page.trouble(
        concat({"Requests came through a proxy that HitKeep does not know, so its visitors count as one: ", mend}));
  // None of the programs in front may say that it is one.
  const auto share = [&](std::string_view of) { return facts.running->metrics.sum("hitkeep_ingest_sender_share", of); };
  if (share("of=\"internal_addresses\"") > kMost)
    return page.note(
        "Most hits come from addresses that the internet does not reach: if visitors come from elsewhere, a proxy "
        "hides "
        "who they are (docs/proxies.md).");
  if (share("of=\"one_address\"") > kMost)
    return page.note(
        "Most hits come from one address: if that is no office or single visitor, a proxy hides who they are "
        "(docs/proxies.md).");
  page.fine(facts.config.trusted_proxies.empty()
                ? "No proxy stands in front."
                : concat({"Believed are the proxies of ", facts.config.trusted_proxies, "."}));
}

void check_mail(const Facts& facts, Page& page) {
  if (!facts.mail)
    return page.note("No mail server is set (HITKEEP_MAIL_HOST): a forgotten password cannot be replaced by mail.");
  const auto there = concat({facts.config.mail_host, ":", std::to_string(facts.config.mail_port)});
  if (!*facts.mail)
    return page.trouble(concat({"The mail server cannot be reached: ", facts.mail->error().message,
                                ". Look at HITKEEP_MAIL_HOST, HITKEEP_MAIL_PORT and the firewall."}));
  if (!facts.mailed) return page.fine(concat({there, " can be reached; -mail-to ADDRESS sends a mail through it."}));
  if (!*facts.mailed)
    return page.trouble(concat(
        {"The test mail was refused: ", facts.mailed->error().message, ". Look at the HITKEEP_MAIL_ settings."}));
  page.fine(concat({there, " took the test mail; whether it arrived is to be seen."}));
}

void check_certificate(const Facts& facts, Page& page) {
  const Config& config = facts.config;
  if (!facts.running || facts.running->metrics.empty() || !config.tls()) return;
  const TimeMs end =
      from_ms(static_cast<std::int64_t>(facts.running->metrics.sum("hitkeep_tls_certificate_end_seconds")) * 1000);
  const std::string_view mend = config.tls_cert.empty()
                                    ? "the log of HitKeep says why no newer one came (docs/tls.md)."
                                    : "put a newer one in the files of HITKEEP_TLS_CERT and HITKEEP_TLS_KEY.";
  if (end == TimeMs{}) return page.trouble(concat({"There is no certificate for https: ", mend}));
  if (end < facts.now + kEndsSoon)
    return page.trouble(concat({"The certificate ends on ", rfc3339(end).substr(0, 10), ": ", mend}));
  page.fine(concat({"The certificate ends on ", rfc3339(end).substr(0, 10), "."}));
}

/// In the order in which one would look.
constexpr struct Check {
  std::string_view about;
  void (*look)(const Facts&, Page&);
} kChecks[] = {
    {"version", check_version}, {"port", check_port},   {"data", check_directory},    {"disk", check_disk},
    {"log", check_log},         {"clock", check_clock}, {"memory", check_memory},     {"url", check_url},
    {"proxy", check_proxy},     {"mail", check_mail},   {"https", check_certificate},
};

}  // namespace

Readings::Readings(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == text.npos ? "" : text.substr(end + 1);
    const auto space = line.rfind(' ');
    if (line.starts_with('#') || space == line.npos) continue;
    double value = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
    values_.emplace(line.substr(0, space), value);
  }
}

double Readings::sum(std::string_view metric, std::string_view label) const {
  double total = 0;
  for (auto at = values_.lower_bound(metric); at != values_.end() && at->first.starts_with(metric); ++at) {
    const auto rest = std::string_view(at->first).substr(metric.size());
    if ((rest.empty() || rest.starts_with('{')) && rest.contains(label)) total += at->second;
  }
  return total;
}

std::string Readings::label(std::string_view metric, std::string_view name) const {
  const auto at = values_.lower_bound(metric);
  if (at == values_.end() || !at->first.starts_with(metric)) return {};
  const auto begins = concat({name, "=\""});
  const auto from = at->first.find(begins);
  if (from == std::string::npos) return {};
  const auto start = from + begins.size();
  return at->first.substr(start, at->first.find('"', start) - start);
}

std::optional<double> days_left(const Directory& directory, TimeMs now) {
  constexpr double kDay = 86'400'000;
  const double age = static_cast<double>((now - directory.oldest).count()) / kDay;
  if (directory.oldest == TimeMs{} || age < 1 || directory.bytes == 0) return std::nullopt;
  return static_cast<double>(directory.free_bytes) / (static_cast<double>(directory.bytes) / age);
}

Diagnoses diagnose(const Facts& facts) {
  Diagnoses findings;
  for (const auto& [about, look] : kChecks) {
    Page page{about, findings};
    look(facts, page);
  }
  return findings;
}

bool doctor(const Config& config, const std::string& mail_to) {
  const Facts facts = gather(config, mail_to);
  bool well = true;
  for (const auto& finding : diagnose(facts)) {
    const char* word = finding.verdict == Health::fine ? "ok" : finding.verdict == Health::note ? "note" : "TROUBLE";
    std::printf("%-8s %-8s %s\n", word, std::string(finding.about).c_str(), finding.sentence.c_str());
    well = well && finding.verdict != Health::trouble;
  }
  std::printf("\n%s\n", well ? "Nothing is wrong." : "Something is wrong: each line with TROUBLE says what to do.");
  return well;
}

}  // namespace hk::app
