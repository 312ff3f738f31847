#include "db/duck_ordinals.h"

#include <duckdb.h>

#include <new>

namespace hk::db {
namespace {

/// What DuckDB keeps for a group. The budget comes along for the end, which is told nothing else.
struct State {
  OrdinalSet set;
  OrdinalBudget* budget;
};

State& state_of(duckdb_aggregate_state state) {
  return *reinterpret_cast<State*>(state);
}

idx_t size(duckdb_function_info /*info*/) {
  return sizeof(State);
}

void begin(duckdb_function_info info, duckdb_aggregate_state state) {
  auto* budget = static_cast<OrdinalBudget*>(duckdb_aggregate_function_get_extra_info(info));
  new (state) State{.set = {}, .budget = budget};
}

void no_room(duckdb_function_info info) {
  duckdb_aggregate_function_set_error(info, "Out of Memory Error: the sets of visitors of all questions are too large");
}

void update(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
  const auto* ordinals = static_cast<const std::uint32_t*>(duckdb_vector_get_data(vector));
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    if (validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0) continue;
    State& state = state_of(states[row]);
    if (!state.set.add(ordinals[row], *state.budget)) return no_room(info);
  }
}

void combine(duckdb_function_info info, duckdb_aggregate_state* sources, duckdb_aggregate_state* targets, idx_t count) {
  for (idx_t i = 0; i < count; ++i) {
    State& target = state_of(targets[i]);
    if (!target.set.add_all(state_of(sources[i]).set, *target.budget)) return no_room(info);
  }
}

void finish(duckdb_function_info /*info*/, duckdb_aggregate_state* states, duckdb_vector result, idx_t count,
            idx_t offset) {
  auto* out = static_cast<std::uint64_t*>(duckdb_vector_get_data(result));
  for (idx_t i = 0; i < count; ++i) out[offset + i] = state_of(states[i]).set.count();
}

void end(duckdb_aggregate_state* states, idx_t count) {
  for (idx_t i = 0; i < count; ++i) {
    State& state = state_of(states[i]);
    state.set.clear(*state.budget);
  }
}

}  // namespace

Result<void> make_ordinals_known(_duckdb_connection* connection, OrdinalBudget& budget) {
  duckdb_aggregate_function function = duckdb_create_aggregate_function();
  duckdb_aggregate_function_set_name(function, "ordinals");
  duckdb_logical_type in = duckdb_create_logical_type(DUCKDB_TYPE_UINTEGER);
  duckdb_logical_type out = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_aggregate_function_add_parameter(function, in);
  duckdb_aggregate_function_set_return_type(function, out);
  duckdb_destroy_logical_type(&in);
  duckdb_destroy_logical_type(&out);
  duckdb_aggregate_function_set_functions(function, size, begin, update, combine, finish);
  duckdb_aggregate_function_set_destructor(function, end);
  duckdb_aggregate_function_set_extra_info(function, &budget, nullptr);
  const bool known = duckdb_register_aggregate_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_aggregate_function(&function);
  if (!known) return fail(Code::internal, "DuckDB does not take the aggregate ordinals()");
  return {};
}

}  // namespace hk::db
