#include "control/control.h"
#include "sql/control.h"

namespace hk::control {

// The numbered files of migrations/. A name that was ever released stays, and so does its text.
std::span<const db::Migration> schema() {
  return sql::control::migrations;
}

}  // namespace hk::control
