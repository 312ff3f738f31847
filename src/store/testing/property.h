#pragma once
// rapidcheck with a bound: a case here opens databases, a hundred of them would take minutes under sanitizers.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/testing/patience.h"

namespace hk::store::testing {

/// Cases that are tried to make a counter-example smaller.
inline constexpr int kShrinks = 25;
/// The longest case, under sanitizers on a slow machine.
inline constexpr std::chrono::seconds kOneCase{600};
/// No further case begins after this time, so that a slow or busy machine tries fewer of them and none looks hung.
inline constexpr std::chrono::seconds kTrying{10};

/// `property` holds for so many values of `any`, or for as many as there is time for. Otherwise the running test fails,
/// with the smallest counter-example found and the seed that leads to it again (RC_PARAMS="seed=…"; "max_success=…"
/// asks for more cases).
template <class T, class Property>
void holds(int cases, const rc::Gen<T>& any, const Property& property) {
  auto params = rc::detail::configuration().testParams;
  const char* given = std::getenv("RC_PARAMS");
  const bool asked = given != nullptr && std::string_view(given).find("max_success") != std::string_view::npos;
  if (!asked) params.maxSuccess = cases;
  hk::testing::be_patient(kOneCase);
  bool tried = false;
  const auto end = std::chrono::steady_clock::now() + kTrying;
  int left = kShrinks;
  std::string smallest;
  const auto bounded = [&] {
    if (!smallest.empty() && --left < 0) return;
    if (tried && !asked && smallest.empty() && std::chrono::steady_clock::now() >= end) return;
    tried = true;
    const T value = *any;
    try {
      property(value);
    } catch (const rc::detail::CaseResult& failure) {
      // Said at once, too: making it smaller may outlast the patience of whoever runs the test.
      if (smallest.empty()) std::cerr << "seed=" << params.seed << ": " << failure.description << std::endl;
      smallest = failure.description + "\nfor " + rc::toString(value);
      throw;
    }
  };
  const auto result = rc::detail::checkTestable(bounded, rc::detail::TestMetadata{}, params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  ADD_FAILURE() << "RC_PARAMS=\"seed=" << params.seed << "\"\n" << smallest;
}

}  // namespace hk::store::testing
