#pragma once

#include "base/testing/temp_dir.h"

namespace hk::store::testing {

/// These tests kill processes, and cut no power.
class Scratch : public hk::testing::TempDir {
 public:
  Scratch() : TempDir(hk::testing::memory_directory()) {}
};

}  // namespace hk::store::testing
