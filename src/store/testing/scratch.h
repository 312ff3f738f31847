#pragma once

#include "base/testing/temp_dir.h"

namespace hk::store::testing {

using Scratch = hk::testing::TempDir;

}  // namespace hk::store::testing
