#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/demo_command.h"
#include "app/health.h"
#include "app/settings.h"
#include "base/logging.h"
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

/// Blocks the signals that end the program in every thread, so that serve() alone waits for them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

int serve(const hk::app::Config& config) {
  const sigset_t signals = block_signals();
  auto app = hk::app::App::start(config, hk::http::embedded_assets(), hk::mail::embedded_templates());
  if (!app) return refuse(app.error());
  int signal = 0;
  sigwait(&signals, &signal);
  if (auto stopped = (*app)->stop(); !stopped) return refuse(stopped.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto line = hk::app::parse_command_line(arguments);
  if (!line) return refuse(line.error());
  if (line->verb == CommandLine::Verb::help) return std::fputs(hk::app::help_text().c_str(), stdout) < 0;
  if (line->verb == CommandLine::Verb::version)
    return std::printf("hitkeep %s\n", std::string(hk::app::kVersion).c_str()) < 0;
  const auto config = hk::app::load_config(*line, environment());
  if (!config) return refuse(config.error());
  hk::logging::configure(config->log_level, config->log_format);
  switch (line->verb) {
    case CommandLine::Verb::healthcheck:
      return hk::app::healthy(config->http_addr) ? 0 : 1;
    case CommandLine::Verb::demo: {
      const auto made = hk::app::make_demo(*line, *config);
      return made ? 0 : refuse(made.error());
    }
    default:
      return serve(*config);
  }
}
