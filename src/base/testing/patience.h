#pragma once
// How long a test may take before it counts as one that hangs (tests/unit/main.cc).

#include <chrono>

namespace hk::testing {

/// The running test may take so long from now on, if it is watched at all: how much a property has to do goes by the
/// random case. Thread-safe.
void be_patient(std::chrono::seconds patience);

}  // namespace hk::testing
