#include "auth/locale.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hk::auth {
namespace {

TEST(Locale, TakesTheFirstLanguageThatTheDashboardSpeaks) {
  const std::pair<const char*, const char*> headers[] = {{"de-AT,de;q=0.9,en;q=0.8", "de"},
                                                         {"pt-BR", "pt"},
                                                         {"ja, fr;q=0.5", "fr"},
                                                         {"", "en"},
                                                         {"*", "en"},
                                                         {",,", "en"},
                                                         {"EN-us", "en"}};
  for (const auto& [header, expected] : headers) EXPECT_EQ(preferred_language(header), expected) << header;
}

TEST(Locale, NamesTheFirstTeam) {
  EXPECT_EQ(team_name("en", "Ada"), "Ada's Team");
  EXPECT_EQ(team_name("de", "Ada"), "Team von Ada");
  EXPECT_EQ(team_name("fr", ""), "Mon équipe");
  EXPECT_EQ(team_name("xx", ""), "My Team");
  EXPECT_LE(utf8_length(team_name("en", std::string(100, 'a'))), 120u);
  EXPECT_EQ(team_name("en", std::string(101, 'a')), "My Team");
}

}  // namespace
}  // namespace hk::auth
