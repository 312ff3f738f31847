#include "ingest/enrich/campaign.h"

#include <gtest/gtest.h>

#include "ingest/enrich/enrich.h"
#include "ingest/enrich/source.h"

namespace hk::ingest {
namespace {

TEST(Campaign, ReadsWhatAnAddressSays) {
  const Landing said =
      landing_of("/a?x=1&utm_source=News%20letter&UTM_MEDIUM=e+mail&utm_campaign=%C3%BC&utm_term=#utm_content=no");
  EXPECT_EQ(said.source, "News letter");
  EXPECT_EQ(said.medium, "e mail");
  EXPECT_EQ(said.campaign, "ü");
  EXPECT_EQ(said.term, "");
  EXPECT_EQ(said.content, "");
  EXPECT_EQ(said.click, nullptr);
  EXPECT_EQ(landing_of("/a").source, "");
  EXPECT_EQ(landing_of("/a?utm_source=%FF").source, "") << "no UTF-8";
  EXPECT_EQ(landing_of("/a?utm_source=%00x").source, "");
  EXPECT_EQ(landing_of("/a?utm_source=100%").source, "100%");
}

TEST(Campaign, OtherParametersStandForASource) {
  EXPECT_EQ(landing_of("/?via=c&source=b&ref=a").source, "a");
  EXPECT_EQ(landing_of("/?ref=&via=c").source, "c");
  EXPECT_EQ(landing_of("/?ref=a&utm_source=u").source, "u");
}

struct Click {
  const char* query;
  const char* referrer;
  const char* source;
  store::Channel channel;
};

TEST(Campaign, ClickIdsOfSearchEnginesMarkAPaidVisit) {
  using enum store::Channel;
  const Click clicks[] = {
      {"gclid=x", "", "Google", paid_search},
      {"gbraid=x", "https://www.google.com/", "Google", paid_search},
      {"wbraid=x", "android-app://com.google.android.googlequicksearchbox/", "Google", paid_search},
      {"msclkid=x", "https://www.bing.com/", "Bing", paid_search},
      {"gclid=x", "https://news.ycombinator.com/", "Hacker News", organic_social},  // somebody passed the link on
      {"gclid=x", "https://www.bing.com/", "Bing", organic_search},
      {"gclid=x&utm_source=acme", "", "acme", campaign},
      {"gclid=x&utm_source=google&utm_medium=organic", "", "Google", organic_search},
      {"gclid=x&utm_source=google", "", "Google", paid_search},
      {"fbclid=x", "", "Facebook", organic_social},
      {"fbclid=x", "https://www.google.com/", "Google", organic_search},
      {"igshid=x", "", "Instagram", organic_social},
      {"ttclid=x", "", "TikTok", organic_social},
      {"dclid=x", "", "Google", organic_search},
  };
  for (const Click& click : clicks) {
    store::Hit hit;
    const Landing said = landing_of(std::string("/?") + click.query);
    enrich_source(hit, parse_referrer(click.referrer),
                  {.source = said.source, .medium = said.medium, .click = said.click}, {});
    EXPECT_EQ(hit.source, click.source) << click.query << ' ' << click.referrer;
    EXPECT_EQ(store::name_of(hit.channel), store::name_of(click.channel)) << click.query << ' ' << click.referrer;
    EXPECT_EQ(hit.utm_source, said.source) << "the click's value is dropped";
  }
}

}  // namespace
}  // namespace hk::ingest
