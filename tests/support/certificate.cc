#include "support/certificate.h"

#include <stdexcept>

#include "support/process.h"

namespace orders::test {

Certificate make_certificate(const std::filesystem::path& folder, const std::string& name) {
  Certificate certificate{folder / (name + ".pem"), folder / (name + ".key")};
  Command openssl;
  openssl.arguments = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                       "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                       "-keyout", certificate.key, "-out", certificate.chain};
  if (const auto output = run(openssl); output.exit_code != 0) throw std::runtime_error(output.text());
  std::filesystem::permissions(certificate.key, std::filesystem::perms::owner_read);
  return certificate;
}

}  // namespace orders::test
