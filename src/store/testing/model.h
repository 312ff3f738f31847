#pragma once
// A second opinion: what the store must answer, computed from hits in plain C++ without its code, its SQL or its order
// of work.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "db/duck.h"
#include "store/hit.h"

namespace hk::store::testing {

/// Question -> number, e.g. "1/2026-11-02/visitors source=Google" -> 3.
using Answers = std::map<std::string, std::int64_t>;

/// By definition (docs/visits.md), from hits in order of arrival.
Answers model_answers(const std::vector<Hit>& hits);
/// The same questions to a lane file: sealed tables with bits, sealed tables with COUNT(DISTINCT vd), hot tables.
enum class From : std::uint8_t { sealed_bits, sealed_distinct, hot };
Answers answers(db::DuckConnection& connection, From from);

/// Differences in words, empty when equal.
std::string difference(const Answers& expected, const Answers& actual);

}  // namespace hk::store::testing
