#pragma once
// Lane files as the form before the present one had them (store/rebuild.h).

#include <filesystem>

namespace hk::store::testing {

/// Writes the rows of a closed lane file into a new one of the earlier form. What that form cannot say is lost.
void write_in_earlier_form(const std::filesystem::path& lane, const std::filesystem::path& earlier);

}  // namespace hk::store::testing
