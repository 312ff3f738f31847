#include "crypto/password.h"

#include <argon2.h>

#include <array>
#include <charconv>
#include <optional>

#include "crypto/random.h"

namespace hk::crypto {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

class Turn {
 public:
  explicit Turn(std::counting_semaphore<Passwords::kConcurrent>& turns) : turns_(turns) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { turns_.release(); }

 private:
  std::counting_semaphore<Passwords::kConcurrent>& turns_;
};

/// Cost of a PHC text, whose rest argon2 checks itself; a stored hash must not be able to ask for any amount of memory.
std::optional<PasswordCost> cost_of(std::string_view phc) {
  constexpr std::string_view head = "$argon2id$v=19$m=";
  if (!phc.starts_with(head)) return std::nullopt;
  PasswordCost cost;
  const char* at = phc.data() + head.size();
  const char* const end = phc.data() + phc.size();
  const auto number = [&](std::uint32_t& out, std::string_view next) {
    const auto [stop, error] = std::from_chars(at, end, out);
    if (error != std::errc{} || !std::string_view(stop, end).starts_with(next)) return false;
    at = stop + next.size();
    return true;
  };
  if (!number(cost.memory_kib, ",t=") || !number(cost.passes, ",p=") || !number(cost.lanes, "$")) return std::nullopt;
  const bool bounded = cost.memory_kib <= Passwords::kMaxMemoryKib && cost.passes <= Passwords::kMaxPasses &&
                       cost.lanes <= Passwords::kMaxLanes;
  return bounded ? std::optional(cost) : std::nullopt;
}

}  // namespace

Result<void> Passwords::check_length(std::string_view password) {
  if (password.size() <= kMaxPasswordBytes) return {};
  return fail(Code::invalid, "password must have at most " + std::to_string(kMaxPasswordBytes) + " bytes", "password");
}

Result<bool> Passwords::take_turn() {
  if (turns_.try_acquire_for(wait_)) {
    runs_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return fail(Code::busy, "too many sign-ins are being checked right now; try again in a few seconds");
}

Result<std::string> Passwords::hash(std::string_view password) {
  if (auto fit = check_length(password); !fit) return std::unexpected(fit.error());
  if (auto turn = take_turn(); !turn) return std::unexpected(turn.error());
  const Turn turn(turns_);
  std::array<std::uint8_t, kSaltBytes> salt;
  random_bytes(salt);
  std::array<char, 160> out;
  const int rc = argon2id_hash_encoded(cost_.passes, cost_.memory_kib, cost_.lanes, password.data(), password.size(),
                                       salt.data(), salt.size(), kHashBytes, out.data(), out.size());
  if (rc == ARGON2_MEMORY_ALLOCATION_ERROR) return fail(Code::busy, "not enough memory to hash a password right now");
  if (rc != ARGON2_OK) return fail(Code::internal, std::string("argon2id failed: ") + argon2_error_message(rc));
  return std::string(out.data());
}

Result<bool> Passwords::verify(std::string_view password, const std::string& phc) {
  if (auto fit = check_length(password); !fit) return std::unexpected(fit.error());
  if (!cost_of(phc)) return fail(Code::internal, "a stored password hash is not argon2id within its bounds");
  if (auto turn = take_turn(); !turn) return std::unexpected(turn.error());
  const Turn turn(turns_);
  const int rc = argon2id_verify(phc.c_str(), password.data(), password.size());
  if (rc == ARGON2_OK) return true;
  if (rc == ARGON2_VERIFY_MISMATCH) return false;
  if (rc == ARGON2_MEMORY_ALLOCATION_ERROR) return fail(Code::busy, "not enough memory to check a password right now");
  return fail(Code::internal, std::string("argon2id failed: ") + argon2_error_message(rc));
}

Result<bool> Passwords::verify_nothing(std::string_view password) {
  const auto unused = hash(password);
  if (!unused) return std::unexpected(unused.error());
  return false;
}

}  // namespace hk::crypto
