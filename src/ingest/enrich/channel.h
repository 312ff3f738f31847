#pragma once
// The acquisition channel of a hit, by rules like Google Analytics 4's default channel group, with AI assistants as a
// class of their own.

#include <string_view>

#include "ingest/enrich/source.h"
#include "store/hit.h"

namespace hk::ingest {

struct ChannelInput {
  SourceClass source = SourceClass::none;  // of utm_source where there is one, else of the referrer
  bool referred = false;                   // there is a referrer that isn't the site itself
  std::string_view utm_source, utm_medium, utm_campaign;
};

/// The first rule that fits counts (the table is in channel.cc).
store::Channel channel_of(const ChannelInput& input);

}  // namespace hk::ingest
