#include "support/certificates.h"

#include <stdexcept>
#include <vector>

#include "support/process.h"

namespace orders::test {
namespace {

// Of our own: the machine's may add what it likes.
constexpr auto config = R"([req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth, clientAuth
)";

/// A key and a certificate for it, NAME.key and NAME.crt.
void make(const TempFolder& folder, const std::string& name, const std::vector<std::string>& more) {
  Command command;
  command.arguments = {"openssl", "req",     "-x509",   "-config", folder / "openssl.cnf",
                       "-newkey", "ec",      "-pkeyopt", "ec_paramgen_curve:prime256v1",
                       "-nodes",  "-days",   "2",        "-subj",   "/CN=" + name,
                       "-keyout", folder / (name + ".key"), "-out", folder / (name + ".crt")};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  const auto output = run(command);
  if (output.exit_code != 0) throw std::runtime_error(output.text());
}

}  // namespace

Certificates::Certificates() {
  write_file(folder_ / "openssl.cnf", config);
  make_ca("ca");
  make_ca("foreign-ca");
}

void Certificates::make_ca(const std::string& name) const { make(folder_, name, {"-extensions", "ca"}); }

Certificates::Identity Certificates::issue(const std::string& name, const std::string& hosts) const {
  make(folder_, name,
       {"-extensions", "leaf", "-addext", "subjectAltName=" + hosts, "-CA", ca(), "-CAkey", folder_ / "ca.key"});
  const Identity identity{folder_ / (name + ".crt"), folder_ / (name + ".key"), folder_ / (name + ".pem")};
  write_file(identity.keystore, slurp(identity.key) + slurp(identity.certificate));
  return identity;
}

}  // namespace orders::test
