#include "ingest/enrich/channel.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace hk::ingest {
namespace {

using store::Channel;

struct Facts {
  SourceClass source;
  bool referred;
  std::string from, medium, campaign;  // lower case, trimmed
};

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

/// GA4's ^(.*cp.*|ppc|retargeting|paid.*)$
bool is_paid(const Facts& f) {
  return f.medium.contains("cp") || f.medium == "ppc" || f.medium == "retargeting" || f.medium.starts_with("paid");
}
bool is_display(const Facts& f) {
  return one_of(f.medium, {"display", "banner", "expandable", "interstitial", "cpm"});
}
bool is_mail(std::string_view text) {
  return one_of(text, {"email", "e-mail", "e_mail", "e mail", "newsletter"});
}

struct Rule {
  Channel channel;
  bool (*fits)(const Facts&);
};

constexpr std::array kRules = {
    Rule{Channel::direct,
         [](const Facts& f) { return !f.referred && f.from.empty() && f.medium.empty() && f.campaign.empty(); }},
    Rule{Channel::paid_search,
         [](const Facts& f) { return is_paid(f) && f.medium != "cpm" && f.source == SourceClass::search; }},
    Rule{Channel::paid_social, [](const Facts& f) { return is_paid(f) && f.source == SourceClass::social; }},
    Rule{Channel::video, [](const Facts& f) { return is_paid(f) && f.source == SourceClass::video; }},
    Rule{Channel::display, is_display},
    Rule{Channel::paid_other, is_paid},
    Rule{Channel::paid_other, [](const Facts& f) { return f.source == SourceClass::paid; }},
    Rule{Channel::ai_assistant,
         [](const Facts& f) { return f.source == SourceClass::ai_assistant || f.medium == "ai"; }},
    Rule{Channel::email,
         [](const Facts& f) { return is_mail(f.medium) || is_mail(f.from) || f.source == SourceClass::email; }},
    Rule{Channel::affiliate, [](const Facts& f) { return one_of(f.medium, {"affiliate", "affiliates"}); }},
    Rule{Channel::organic_social,
         [](const Facts& f) {
           return f.source == SourceClass::social || one_of(f.medium, {"social", "social-network", "social-media", "sm",
                                                                       "social network", "social media"});
         }},
    Rule{Channel::video, [](const Facts& f) { return f.source == SourceClass::video || f.medium.contains("video"); }},
    Rule{Channel::organic_search,
         [](const Facts& f) { return f.source == SourceClass::search || f.medium == "organic"; }},
    Rule{Channel::referral, [](const Facts& f) { return one_of(f.medium, {"referral", "app", "link"}); }},
    Rule{Channel::campaign, [](const Facts& f) { return !f.from.empty() || !f.medium.empty() || !f.campaign.empty(); }},
    Rule{Channel::referral, [](const Facts&) { return true; }},
};

}  // namespace

store::Channel channel_of(const ChannelInput& input) {
  if (!input.referred && input.utm_source.empty() && input.utm_medium.empty() && input.utm_campaign.empty())
    return Channel::direct;
  const Facts facts{input.source, input.referred, ascii_lower(trim(input.utm_source)),
                    ascii_lower(trim(input.utm_medium)), ascii_lower(trim(input.utm_campaign))};
  return std::ranges::find_if(kRules, [&](const Rule& rule) { return rule.fits(facts); })->channel;
}

}  // namespace hk::ingest
