#include "app/settings.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/testing/temp_dir.h"
#include "base/text.h"

namespace hk::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Result<Config> load(std::vector<std::string> arguments, const Environment& environment = {}) {
  auto line = parse_command_line(arguments);
  if (!line) return std::unexpected(line.error());
  return load_config(*line, environment);
}

TEST(Settings, DefaultsAreValid) {
  const auto config = load({});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->http_addr, ":8080");
  EXPECT_EQ(config->base_path, "/");
  EXPECT_TRUE(config->trusted_proxies.empty());
  EXPECT_TRUE(config->notes.empty());
}

TEST(Settings, TlsHasItsOwnDoor) {
  const auto files = load({"-tls-cert=c.pem", "-tls-key=k.pem"});
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(files->tls());
  EXPECT_EQ(files->public_url, "https://localhost");
  EXPECT_EQ(load({"-tls-cert=c.pem", "-tls-key=k.pem", "-tls-addr=:8443"})->public_url, "https://localhost:8443");
  const auto domains = load({"-tls-domain= Stats.Example.org, b.example.org,"});
  ASSERT_TRUE(domains) << domains.error().message;
  EXPECT_THAT(domains->tls_domains, ::testing::ElementsAre("stats.example.org", "b.example.org"));
  EXPECT_EQ(domains->public_url, "https://stats.example.org");
  EXPECT_FALSE(load({})->tls());
}

TEST(Settings, ContradictionsOfTlsAreRefused) {
  const auto refused = [](std::vector<std::string> line, std::string_view why) {
    const auto config = load(std::move(line));
    ASSERT_FALSE(config) << why;
    EXPECT_THAT(config.error().message, HasSubstr(std::string(why)));
  };
  refused({"-tls-cert=c.pem"}, "belong together");
  refused({"-tls-key=k.pem"}, "belong together");
  refused({"-tls-cert=c.pem", "-tls-key=k.pem", "-tls-domain=a.example"}, "both set");
  refused({"-tls-domain=a.example", "-http-addr=:443"}, "are the same");
  refused({"-tls-domain=a.example", "-public-url=http://a.example/"}, "is not https");
  refused({"-tls-domain=a.example", "-acme-directory=http://a.example/"}, "must be https");
  refused({"-tls-domain=a.example", "-acme-email=nobody"}, "one mail address");
  for (const std::string name :
       {"localhost", "*.example.org", "192.0.2.1", "a..example", ".example", "example.", "a b.example", "ä.example"})
    refused({"-tls-domain=" + name}, "host names");
  std::string many;
  for (int i = 0; i < 20; ++i) many += "n" + std::to_string(i) + ".example,";
  EXPECT_TRUE(load({"-tls-domain=" + many}));
  refused({"-tls-domain=" + many + "n20.example"}, "at most 20");
}

TEST(Settings, ASetupCodeIsTooLongToGuess) {
  EXPECT_TRUE(load({}, {{"HITKEEP_DATA_KEY", std::string(32, 'x')}}));
  const auto short_key = load({}, {{"HITKEEP_DATA_KEY", std::string(31, 'x')}});
  ASSERT_FALSE(short_key);
  EXPECT_THAT(short_key.error().message, HasSubstr("HITKEEP_DATA_KEY is too short"));
  EXPECT_TRUE(load({}, {{"HITKEEP_SETUP_CODE", std::string(16, 'x')}}));
  const auto refused = load({}, {{"HITKEEP_SETUP_CODE", std::string(15, 'x')}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("at least 16 characters"));
}

TEST(Settings, FlagWinsOverVariableOverDefault) {
  EXPECT_EQ(load({}, {{"HITKEEP_HTTP_ADDR", ":1"}})->http_addr, ":1");
  EXPECT_EQ(load({"-http-addr", ":2"}, {{"HITKEEP_HTTP_ADDR", ":1"}})->http_addr, ":2");
  EXPECT_EQ(load({"--http-addr=:2"})->http_addr, ":2");
  EXPECT_EQ(load({"-http", ":3"})->http_addr, ":3") << "the original's old flag";
  EXPECT_EQ(load({}, {{"HITKEEP_HTTP_ADDR", ""}})->http_addr, ":8080") << "empty counts as unset";
}

TEST(Settings, EverySettingHasAFlagAndAcceptsItsExample) {
  for (const auto& s : settings()) {
    if (s.example.empty() || s.secret) continue;
    // A pair that must fit together is tried with its partner's default, which the examples respect. Headers need
    // proxies.
    std::vector<std::string> line{"-trusted-proxies=127.0.0.1", "-" + flag_of(s) + "=" + std::string(s.example)};
    if (s.variable == "TLS_CERT") line.emplace_back("-tls-key=key.pem");
    if (s.variable == "TLS_KEY") line.emplace_back("-tls-cert=certificate.pem");
    const auto config = load(line);
    EXPECT_TRUE(config) << s.variable << ": " << config.error().message;
  }
}

TEST(Settings, BadValuesNameTheSettingAndAnExample) {
  const struct {
    std::string flag, value, example;
  } cases[] = {
      {"http-addr", "8080", "127.0.0.1:8080"},
      {"http-addr", ":99999", "127.0.0.1:8080"},
      {"public-url", "stats.example.com", "https://"},
      {"log-level", "loud", "debug"},
      {"api-burst", "many", "20"},
      {"api-burst", "0", "20"},
      {"mcp-enabled", "perhaps", "false"},
      {"data-retention-days", "-1", "365"},
      {"client-ip-header", "X-Real-IP: 1", "CF-Connecting-IP"},
      {"country-header", "my country", "CF-IPCountry"},
  };
  for (const auto& c : cases) {
    const auto config = load({"-" + c.flag + "=" + c.value});
    ASSERT_FALSE(config) << c.flag;
    EXPECT_THAT(config.error().message, HasSubstr("-" + c.flag));
    EXPECT_THAT(config.error().message, HasSubstr(c.example));
  }
  const auto by_variable = load({}, {{"HITKEEP_API_BURST", "x"}});
  ASSERT_FALSE(by_variable);
  EXPECT_THAT(by_variable.error().message, HasSubstr("HITKEEP_API_BURST"));
}

TEST(Settings, UnknownFlagsAndWordsStopTheStart) {
  EXPECT_THAT(load({"-http-adr", ":1"}).error().message, HasSubstr("did you mean -http-addr?"));
  EXPECT_THAT(load({"start"}).error().message, HasSubstr("unknown command"));
  EXPECT_THAT(load({"-http-addr"}).error().message, HasSubstr("needs a value"));
  EXPECT_THAT(load({"-hits", "5"}).error().message, HasSubstr("unknown flag")) << "only demo has it";
}

TEST(Settings, ContradictionsStopTheStart) {
  EXPECT_THAT(load({"-auth-session-minutes=1", "-auth-session-warning-seconds=60"}).error().message,
              HasSubstr("must be shorter"));
  EXPECT_THAT(load({"-api-rate-limit=30"}).error().message, HasSubstr("HITKEEP_API_BURST"));
  for (const std::string header : {"-client-ip-header=X-Real-IP", "-country-header=CF-IPCountry"})
    for (const std::string proxies : {"", "*", "10.0.0.1,*", "0.0.0.0/0"}) {
      const auto config = load({header, "-trusted-proxies=" + proxies});
      ASSERT_FALSE(config) << header << " " << proxies;
      EXPECT_THAT(config.error().message, HasSubstr("could be written by every visitor"));
    }
  EXPECT_TRUE(load({"-client-ip-header=X-Real-IP", "-trusted-proxies=10.0.0.1"}));
  const auto secret = load({"-jwt-secret=short"});
  EXPECT_THAT(secret.error().message, HasSubstr("HITKEEP_JWT_SECRET"));
  EXPECT_THAT(secret.error().message, Not(HasSubstr("short\""))) << "a secret is never shown";
}

TEST(Settings, ASecretMayLieInAFile) {
  const hk::testing::TempDir dir;
  const auto put = [&](std::string_view text) {
    const std::string file = dir / "secret";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  };
  const std::string good(32, 's');
  EXPECT_EQ(load({}, {{"HITKEEP_JWT_SECRET_FILE", put(good + "\n")}})->jwt_secret.reveal(), good);
  EXPECT_EQ(load({"-jwt-secret-file=" + put(good + "\r\n")})->jwt_secret.reveal(), good);
  EXPECT_THAT(load({}, {{"HITKEEP_JWT_SECRET_FILE", put(good)}})->notes, ::testing::IsEmpty());

  const auto refused = [&](std::string_view text) {
    return load({}, {{"HITKEEP_JWT_SECRET_FILE", put(text)}}).error().message;
  };
  EXPECT_THAT(refused(""),
              HasSubstr("HITKEEP_JWT_SECRET_FILE names " + (dir / "secret").string() + ", which is empty"));
  EXPECT_THAT(refused(std::string(64, '\0')), HasSubstr("control characters"));
  EXPECT_THAT(refused("two\nlines"), HasSubstr("more than one line"));
  EXPECT_THAT(refused(std::string(4'097, 's')), HasSubstr("more than 4096 bytes"));
  EXPECT_EQ(load({}, {{"HITKEEP_JWT_SECRET_FILE", put(std::string(4'096, 's'))}})->jwt_secret.reveal().size(), 4'096);
  EXPECT_THAT(load({}, {{"HITKEEP_JWT_SECRET_FILE", dir / "none"}}).error().message, HasSubstr("cannot be read"));
  EXPECT_THAT(load({}, {{"HITKEEP_JWT_SECRET_FILE", put(good)}, {"HITKEEP_JWT_SECRET", good}}).error().message,
              HasSubstr("both set"));
  EXPECT_THAT(load({"-http-addr-file=x"}).error().message, HasSubstr("unknown flag")) << "no secret";
}

TEST(Settings, ASecretOnTheCommandLineIsSeenByOthers) {
  const auto config = load({"-jwt-secret=" + std::string(32, 's')});
  ASSERT_TRUE(config);
  EXPECT_THAT(config->notes, Contains(HasSubstr("HITKEEP_JWT_SECRET_FILE")));
  EXPECT_THAT(config->notes, ::testing::Not(Contains(HasSubstr("ssss"))));
}

TEST(Settings, UnavailableAndUnknownVariablesAreNamed) {
  const auto config = load({}, {{"HITKEEP_MCP_ENABLED", "true"}, {"HITKEEP_MALI_PORT", "1"}});
  ASSERT_TRUE(config);
  EXPECT_THAT(config->notes, Contains(HasSubstr("HITKEEP_MCP_ENABLED is set")));
  EXPECT_THAT(config->notes, Contains(HasSubstr("HITKEEP_MALI_PORT is no setting")));
  for (const int days : {30, 365}) {  // the usual number is a wish, too
    const auto retention = load({"-retention-days=" + std::to_string(days)});
    ASSERT_TRUE(retention);
    EXPECT_EQ(retention->retention_days, days);
    EXPECT_THAT(retention->notes, Contains(HasSubstr("does not delete anything yet")));
  }
}

TEST(Settings, PathOfThePublicUrlIsTheBasePath) {
  EXPECT_EQ(load({"-public-url=https://x.example/stats"})->base_path, "/stats/");
  EXPECT_EQ(load({"-public-url=https://x.example"})->base_path, "/");
  EXPECT_EQ(load({"-http-addr=127.0.0.1:9000"})->public_url, "http://localhost:9000");
}

TEST(Settings, TheHostOfThePublicUrlNamesTheInstance) {
  EXPECT_EQ(load({"-public-url=https://x.example:8443/stats"})->public_host, "x.example");
  EXPECT_EQ(load({"-public-url=http://[::1]:8080"})->public_host, "::1");
  EXPECT_EQ(load({})->public_host, "localhost");
}

TEST(Settings, MailThatCouldNotWorkStopsTheStart) {
  const auto refused = [](std::vector<std::string> arguments) {
    const auto config = load(std::move(arguments));
    return config ? "accepted" : config.error().message;
  };
  EXPECT_THAT(refused({"-mail-driver=sendgrid"}), HasSubstr("HITKEEP_MAIL_DRIVER must be smtp"));
  EXPECT_THAT(refused({"-mail-encryption=yes"}), HasSubstr("must be tls, ssl or none, not \"yes\""));
  EXPECT_THAT(refused({"-mail-from-address=HitKeep"}), HasSubstr("stats@example.com"));
  EXPECT_THAT(refused({"-mail-from-address= s@example.com"}), HasSubstr("one mail address"));
  EXPECT_THAT(refused({"-mail-host=mail.example.com:25"}), HasSubstr("HITKEEP_MAIL_PORT"));
  EXPECT_THAT(refused({"-mail-host=m.example", "-mail-username=me"}), HasSubstr("belong together"));
  for (const std::string name : {"nas", "localhost", "stats.example.com QUIT", "a..b"})
    EXPECT_THAT(refused({"-mail-helo=" + name}), HasSubstr("HITKEEP_MAIL_HELO must be a qualified host name")) << name;
  EXPECT_EQ(refused({"-mail-helo=192.0.2.1"}), "accepted");
  const auto readable = [&](const std::string& host) {
    return refused({"-mail-host=" + host, "-mail-username=me", "-mail-password=pw", "-mail-encryption=none"});
  };
  EXPECT_THAT(readable("m.example"), HasSubstr("HITKEEP_MAIL_ENCRYPTION=none"));
  EXPECT_EQ(readable("localhost"), "accepted");
  EXPECT_THAT(load({"-mail-host=m.example"})->notes, Contains(HasSubstr("HITKEEP_PUBLIC_URL is not set")));
}

TEST(Settings, HelpNamesEverySetting) {
  for (const auto& s : settings()) EXPECT_THAT(help_text(), HasSubstr("-" + flag_of(s) + " "));
}

/// Whether the file is as it is made.
void expect_made(const std::string& name, const std::string& made) {
  const std::string path = std::string(HITKEEP_SOURCE_DIR) + "/" + name;
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << made;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str() == made) << name << " is out of date: run this once with UPDATE_GOLDEN=1";
}

TEST(Settings, ThePageIsMadeFromTheTable) {
  expect_made("docs/settings.md", settings_page());
}

TEST(Settings, ThePackagesFileIsMadeFromTheTable) {
  expect_made("packaging/deb/hitkeep.env", settings_file());
  for (const auto& s : settings())
    EXPECT_THAT(settings_file(),
                HasSubstr(concat({s.variable == "DATA_PATH" ? "\nHITKEEP_" : "\n#HITKEEP_", s.variable, "="})));
}

}  // namespace
}  // namespace hk::app
