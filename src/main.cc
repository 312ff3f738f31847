#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/demo_command.h"
#include "app/doctor.h"
#include "app/health.h"
#include "app/import_command.h"
#include "app/recover_command.h"
#include "app/settings.h"
#include "app/snapshot.h"
#include "app/version_check.h"
#include "base/logging.h"
#include "base/secret.h"
#include "http/assets.h"
#include "mail/templates.h"

extern char** environ;

namespace {

using hk::app::CommandLine;

hk::app::Environment environment() {
  hk::app::Environment env;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return env;
}

int refuse(const hk::Error& error) {
  std::fprintf(stderr, "hitkeep: %s\n", error.message.c_str());
  return 1;
}

/// 0; where a newer one was asked for, and is there, 1.
int say_version(const CommandLine& line) {
  std::printf("hitkeep %s\n", std::string(hk::app::kVersion).c_str());
  const auto where = line.flags.find("check");
  if (where == line.flags.end()) return 0;
  const auto news = hk::app::version_news(where->second, hk::app::kVersion);
  if (!news) return refuse(news.error());
  std::printf("%s\n", news->sentence.c_str());
  return news->newer ? 1 : 0;
}

/// What the command line and the environment said is in the configuration now; a look at this process shows nothing.
void forget_secrets(int argc, char** argv, CommandLine& line, hk::app::Environment& copies) {
  for (const auto& setting : hk::app::settings()) {
    if (!setting.secret) continue;
    const std::string variable = "HITKEEP_" + std::string(setting.variable);
    if (char* value = std::getenv(variable.c_str())) ::explicit_bzero(value, std::strlen(value));
    if (const auto copy = copies.find(variable); copy != copies.end()) hk::wipe(copy->second);
    if (const auto copy = line.flags.find(std::string(setting.variable)); copy != line.flags.end())
      hk::wipe(copy->second);
    const std::string flag = "-" + hk::app::flag_of(setting) + "=";
    for (int i = 1; i < argc; ++i) {
      const std::string_view text = argv[i];
      const auto dashes = text.starts_with("--") ? 1u : 0u;
      if (text.substr(dashes).starts_with(flag))
        ::explicit_bzero(argv[i] + dashes + flag.size(), text.size() - dashes - flag.size());
      else if (i + 1 < argc && text.substr(dashes) == std::string_view(flag).substr(0, flag.size() - 1))
        ::explicit_bzero(argv[i + 1], std::strlen(argv[i + 1]));
    }
  }
}

/// Blocks the signals that end the program in every thread, so that serve() alone waits for them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size is a write that fails, as on a full disk
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int serve(const hk::app::Config& config) {
  const sigset_t signals = block_signals();
  auto app = hk::app::App::start(config, hk::http::embedded_assets(), hk::mail::embedded_templates());
  if (!app) return refuse(app.error());
  // Whoever closes the terminal means to stop; a service is asked to look again.
  const bool in_terminal = ::isatty(STDIN_FILENO) != 0;
  for (int signal = SIGHUP; sigwait(&signals, &signal) == 0 && signal == SIGHUP && !in_terminal;) (*app)->reload();
  if (auto stopped = (*app)->stop(); !stopped) return refuse(stopped.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ::umask(077);
  ::prctl(PR_SET_DUMPABLE, 0);  // keys and addresses of visitors end up in no core file, and nobody attaches
  std::vector<std::string> arguments(argv + 1, argv + argc);
  auto line = hk::app::parse_command_line(arguments);
  for (auto& argument : arguments) hk::wipe(argument);
  if (!line) return refuse(line.error());
  if (line->verb == CommandLine::Verb::help) return std::fputs(hk::app::help_text().c_str(), stdout) < 0;
  if (line->verb == CommandLine::Verb::version) return say_version(*line);
  auto variables = environment();
  if (line->verb == CommandLine::Verb::doctor) {
    const auto said = line->flags.find("settings");
    const std::string file = said == line->flags.end() ? std::string(hk::app::kSettingsFile) : said->second;
    if (auto added = hk::app::add_settings_file(variables, file); !added) return refuse(added.error());
  }
  const auto config = hk::app::load_config(*line, variables);
  forget_secrets(argc, argv, *line, variables);
  if (!config) return refuse(config.error());
  hk::logging::configure(config->log_level, config->log_format);
  switch (line->verb) {
    case CommandLine::Verb::healthcheck:
      return hk::app::healthy(config->http_addr) ? 0 : 1;
    case CommandLine::Verb::demo: {
      const auto made = hk::app::make_demo(*line, *config);
      return made ? 0 : refuse(made.error());
    }
    case CommandLine::Verb::snapshot: {
      const auto taken = hk::app::take_snapshot(*config, line->target);
      return taken ? 0 : refuse(taken.error());
    }
    case CommandLine::Verb::doctor: {
      for (const auto& note : config->notes) std::printf("note     settings %s\n", note.c_str());
      const auto to = line->flags.find("mail-to");
      return hk::app::doctor(*config, to == line->flags.end() ? "" : to->second) ? 0 : 1;
    }
    case CommandLine::Verb::mend: {
      const auto mended = hk::app::mend(*config);
      return mended ? 0 : refuse(mended.error());
    }
    case CommandLine::Verb::compact: {
      const auto compacted = hk::app::compact(*config);
      return compacted ? 0 : refuse(compacted.error());
    }
    case CommandLine::Verb::import_logs: {
      const auto imported = hk::app::import_logs(*line, *config);
      return imported ? 0 : refuse(imported.error());
    }
    case CommandLine::Verb::recover: {
      const auto recovered = hk::app::recover(*line, *config);
      return recovered ? 0 : refuse(recovered.error());
    }
    default:
      return serve(*config);
  }
}
