#include "app/recover_command.h"

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "app/rooms.h"
#include "app/wait_for.h"
#include "auth/password_rules.h"
#include "base/text.h"
#include "person/accounts.h"

namespace hk::app {
namespace {

constexpr access::System kWho{.task = "recover"};

/// Nobody looks over the shoulder while this lives.
class NoEcho {
 public:
  NoEcho() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

 private:
  termios before_{};
};

std::string read_line(const char* prompt) {
  std::fputs(prompt, stderr);
  std::string line;
  std::getline(std::cin, line);
  return line;
}

Secret<std::string> read_password(const char* prompt) {
  const NoEcho silent;
  Secret<std::string> typed(read_line(prompt));
  std::fputs("\n", stderr);
  return typed;
}

Result<Secret<std::string>> new_password() {
  if (::isatty(STDIN_FILENO) == 0) return Secret<std::string>(read_line(""));
  auto typed = read_password("New password: ");
  if (read_password("Once more: ").reveal() != typed.reveal())
    return fail(Code::invalid, "the two are not the same; nothing was changed");
  return typed;
}

/// Whether whoever asks means it.
Result<void> agreed(const CommandLine& line, const std::string& what) {
  if (line.flags.contains("yes")) return {};
  if (trim(read_line(concat({what, " Type yes to go on: "}).c_str())) == "yes") return {};
  return fail(Code::invalid, "nothing was changed");
}

/// What is there to be recovered; another directory must not be made by mistake, nor files that the server cannot open.
Result<void> check_directory(const std::filesystem::path& data) {
  struct stat found{};
  if (::stat((data / "control.db").c_str(), &found) != 0)
    return fail(Code::invalid, concat({"there is no data of HitKeep in ", data.string(),
                                       " (for example: -data-path /var/lib/hitkeep)"}));
  if (found.st_uid != ::geteuid())
    return fail(Code::invalid, concat({"the files in ", data.string(),
                                       " belong to another user, who has to run this (for "
                                       "example: sudo -u hitkeep hitkeep recover people)"}));
  return {};
}

Result<person::Account> account_of(const CommandLine& line, Rooms& rooms) {
  const auto named = line.flags.find("email");
  if (named == line.flags.end())
    return fail(Code::invalid, concat({"recover ", line.target, " needs -email (for example: hitkeep recover ",
                                       line.target, " -email ann@example.com)"}));
  const auto all = person::accounts_of(*rooms.control);
  if (!all) return std::unexpected(all.error());
  const std::string wanted = ascii_lower(trim(named->second));
  const auto at = std::ranges::find_if(*all, [&](const auto& one) { return ascii_lower(one.email) == wanted; });
  if (at == all->end())
    return fail(Code::not_found, concat({"there is no account with the address ", named->second,
                                         "; hitkeep recover people lists them"}));
  return *at;
}

Result<void> list_people(Rooms& rooms) {
  const auto all = person::accounts_of(*rooms.control);
  if (!all) return std::unexpected(all.error());
  for (const person::Account& one : *all) {
    const auto state = rooms.factors->state(one.id);
    if (!state) return std::unexpected(state.error());
    std::printf("%s  %s%s\n", one.email.c_str(), std::string(name_of(one.role)).c_str(),
                state->any() ? "  second factor on" : "");
  }
  return {};
}

Result<void> set_password(const CommandLine& line, Rooms& rooms) {
  const auto account = account_of(line, rooms);
  if (!account) return std::unexpected(account.error());
  const auto typed = new_password();
  if (!typed) return std::unexpected(typed.error());
  if (auto fit = auth::check_new_password(typed->reveal(), account->email, rooms.config.public_host); !fit)
    return fail(Code::invalid, "the " + fit.error().message);
  const auto hash = rooms.passwords.hash(typed->reveal());
  if (!hash) return std::unexpected(hash.error());
  const auto done = wait_for([&](auto applied) {
    return person::replace_password(*rooms.control, kWho, account->id, *hash, rooms.clock.now(), std::move(applied));
  });
  if (done) std::printf("%s has a new password; every session ended.\n", account->email.c_str());
  return done;
}

Result<void> disable_factors(const CommandLine& line, Rooms& rooms) {
  const auto account = account_of(line, rooms);
  if (!account) return std::unexpected(account.error());
  const auto state = rooms.factors->state(account->id);
  if (!state) return std::unexpected(state.error());
  if (!state->any() && !state->pending) {
    std::printf("%s has no second factor.\n", account->email.c_str());
    return {};
  }
  if (auto go = agreed(line, concat({"The authenticator app, ", std::to_string(state->passkeys.size()),
                                     " passkeys and ", std::to_string(state->codes_left), " recovery codes of ",
                                     account->email, " will be removed, and every session ends."}));
      !go)
    return go;
  const auto done = wait_for([&](auto applied) {
    return person::remove_factors(*rooms.control, kWho, account->id, rooms.clock.now(), std::move(applied));
  });
  if (!done) return std::unexpected(done.error());
  std::printf("%s signs in with the password alone now.\n", account->email.c_str());
  return {};
}

Result<void> make_owner(const CommandLine& line, Rooms& rooms) {
  const auto account = account_of(line, rooms);
  if (!account) return std::unexpected(account.error());
  if (auto go = agreed(line, concat({account->email, " will own this instance: see and change everything."})); !go)
    return go;
  const auto done = wait_for([&](auto applied) {
    return person::set_instance_role(*rooms.control, kWho, account->id, access::InstanceRole::owner, rooms.clock.now(),
                                     std::move(applied));
  });
  if (done) std::printf("%s owns this instance now.\n", account->email.c_str());
  return done;
}

}  // namespace

Result<void> recover(const CommandLine& line, const Config& config) {
  if (auto there = check_directory(config.data_path); !there) return there;
  Rooms rooms;
  if (auto opened = rooms.open(config); !opened) return opened;
  rooms.store->start([](const auto&) {});
  const auto done = line.target == "people"        ? list_people(rooms)
                    : line.target == "password"    ? set_password(line, rooms)
                    : line.target == "disable-2fa" ? disable_factors(line, rooms)
                                                   : make_owner(line, rooms);
  const auto closed = rooms.close();
  return done ? closed : done;
}

}  // namespace hk::app
