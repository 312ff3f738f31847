#include "http/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/text.h"
#include "crypto/owned.h"
#include "crypto/x509.h"
#include "http/tls_session.h"

namespace hk::http {
namespace {

/// Forward secrecy and authenticated encryption only; those of TLS 1.3 are all of that kind.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";

using Bio = crypto::Owned<BIO, BIO_free_all>;
using Certificate = crypto::Owned<X509, X509_free>;
using Key = crypto::Owned<EVP_PKEY, EVP_PKEY_free>;

Bio bio_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::unexpected<Error> refuse(std::string_view why) {
  ERR_clear_error();
  return fail(Code::invalid, std::string(why));
}

std::shared_ptr<void> empty_context() {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers12);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // What is not taken at once is offered again from wherever it lies by then; idle connections keep no buffers.
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // clients keep their tickets
  TlsSession::equip(context);
  return {context, [](void* c) { SSL_CTX_free(static_cast<SSL_CTX*>(c)); }};
}

Result<std::shared_ptr<void>> context_of(const CertificatePair& pair) {
  auto shared = empty_context();
  auto* const context = static_cast<SSL_CTX*>(shared.get());
  const Bio chain = bio_of(pair.chain);
  const Certificate own(PEM_read_bio_X509_AUX(chain.get(), nullptr, nullptr, nullptr));
  if (!own) return refuse("the certificate's file holds no certificate in PEM");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) return refuse("the certificate's key is too weak");
  while (X509* const between = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr))
    if (SSL_CTX_add0_chain_cert(context, between) != 1) {
      X509_free(between);
      return refuse("a certificate of the chain is too weak");
    }
  const Bio text = bio_of(pair.key.reveal());
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
  if (!key) return refuse("the key's file holds no private key in PEM without a password");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return refuse("the key is not that of the certificate");
  ERR_clear_error();  // the end of the chain was one
  return shared;
}

}  // namespace

Certificates::Certificates() : context_(empty_context()) {}

Result<void> Certificates::use(const CertificatePair& pair) {
  auto context = context_of(pair);
  if (!context) return std::unexpected(context.error());
  const auto facts = crypto::read_certificate(pair.chain);
  if (!facts) return std::unexpected(facts.error());
  const std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  pair_ = pair;
  end_ = facts->ends;
  return {};
}

void Certificates::renew_ticket_keys() {
  const std::lock_guard lock(mutex_);
  if (!pair_) return;
  if (auto context = context_of(*pair_)) context_ = std::move(*context);
}

std::optional<TimeMs> Certificates::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

void Certificates::offer_token(const std::string& token, const std::string& answer) {
  const std::lock_guard lock(mutex_);
  tokens_[token] = answer;
}

Result<void> Certificates::offer_name(const std::string& name, const CertificatePair& pair) {
  auto context = context_of(pair);
  if (!context) return std::unexpected(context.error());
  const std::lock_guard lock(mutex_);
  names_[ascii_lower(name)] = std::move(*context);
  return {};
}

void Certificates::take_back() {
  const std::lock_guard lock(mutex_);
  tokens_.clear();
  names_.clear();
}

std::optional<std::string> Certificates::answer(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(token);
  return found == tokens_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<void> Certificates::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

std::shared_ptr<void> Certificates::challenge(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(ascii_lower(name));
  return found == names_.end() ? nullptr : found->second;
}

}  // namespace hk::http
