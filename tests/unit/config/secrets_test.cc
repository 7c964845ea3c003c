// Secrets come from files or the environment and never show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/secrets.h"
#include "loading.h"

namespace orders::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Secrets, OfUrlsAreMasked) {
  EXPECT_EQ(masked_url("postgresql://orders@localhost/orders"), "postgresql://orders@localhost/orders");
  EXPECT_EQ(masked_url("postgresql://orders@localhost:5432/orders"), "postgresql://orders@localhost:5432/orders");
  EXPECT_EQ(masked_url("postgresql://orders:pw@localhost:5432/orders"),
            "postgresql://orders:********@localhost:5432/orders");
  EXPECT_EQ(masked_url("postgres://:pw@/orders?host=/run"), "postgres://:********@/orders?host=/run");
  EXPECT_EQ(masked_url("postgresql://h/o?user=u&password=pw&sslpassword=x&sslmode=require"),
            "postgresql://h/o?user=u&password=********&sslpassword=********&sslmode=require");
  EXPECT_EQ(masked_url("postgresql://h/o?pass%77ord=pw"), "postgresql://h/o?pass%77ord=********");
}

TEST(Secrets, OfMalformedUrlsAreMaskedAsWell) {
  for (const char* url :
       {"postgresql://u:s3cr@s3cr@h/o", "postgresql://u:s3cr/s3cr@h/o", "postgresql://u:s3cr?s3cr@h/o",
        "postgresql://u:a@s3cr/s3cr@h/o", "postgresql://u:s3cr#@h/o", "postgresql://h:5432/o?password=a@s3cr"}) {
    EXPECT_THAT(masked_url(url), Not(HasSubstr("s3cr"))) << url;
  }
}

TEST(Secrets, OfKeywordsAreMasked) {
  EXPECT_EQ(masked_url("host=db password=pw dbname=o"), "host=db password=******** dbname=o");
  EXPECT_EQ(masked_url("password = 'p w\\' x' host = db"), "password=******** host=db");
  EXPECT_EQ(masked_url("password=p\\ w sslpassword=x host=db"), "password=******** sslpassword=******** host=db");
  EXPECT_EQ(masked_url("host=db s3cr"), "********");
  EXPECT_EQ(masked_url(""), "");
}

TEST(Secrets, PutThePasswordIntoAnAddress) {
  EXPECT_EQ(with_password("postgresql://orders@localhost/orders", "p@s/s w:%\xc3\xa9"),
            "postgresql://orders:p%40s%2Fs%20w%3A%25%C3%A9@localhost/orders");
  EXPECT_EQ(with_password("postgresql://orders:old@h:5432/o?sslmode=require", "new"),
            "postgresql://orders:new@h:5432/o?sslmode=require");
  EXPECT_EQ(with_password("postgresql://orders@h/o?password=old&sslpassword=k&a=b", "new"),
            "postgresql://orders:new@h/o?sslpassword=k&a=b");
  EXPECT_EQ(with_password("postgresql:///o?host=/run", "new"), "postgresql://:new@/o?host=/run");
  EXPECT_EQ(with_password("host=db password='o ld' user=u", "it's\\"), "host=db user=u password='it\\'s\\\\'");
}

TEST(Secrets, ComeFromAFileIntoTheDatabasesAddress) {
  const test::TempFolder folder("config");
  write_secret(folder / "password", "  p@ss word\r\n");
  const auto file = (folder / "password").string();
  EXPECT_EQ(load_text("database: {password_file: " + file + "}").config.database.url,
            "postgresql://orders:p%40ss%20word@localhost/orders");
  EXPECT_EQ(load_text("database: {url: \"postgresql://a:old@h/o\"}", {}, {{"ORDERS_DATABASE_PASSWORD_FILE", file}})
                .config.database.url,
            "postgresql://a:p%40ss%20word@h/o");
  EXPECT_EQ(load_text("database: {backend: none, password_file: /does/not/exist}").config.database.url,
            Config{}.database.url);
}

TEST(Secrets, ComeFromFilesIntoProperties) {
  const test::TempFolder folder("config");
  write_secret(folder / "password", "hunter2\n");
  const auto loaded = load_text("kafka: {properties: {sasl.password: \"file:" + (folder / "password").string() +
                                "\", ssl.ca.location: \"file:/ca\"}}");
  ASSERT_THAT(texts(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.kafka.properties.at("sasl.password"), "hunter2");
  EXPECT_EQ(loaded.config.kafka.properties.at("ssl.ca.location"), "file:/ca");
}

TEST(Secrets, ThatCannotBeReadAreProblems) {
  const test::TempFolder folder("config");
  write_text(folder / "empty", " \n");
  const auto empty = (folder / "empty").string();
  const auto missing = (folder / "missing").string();
  EXPECT_THAT(
      problems_of("database:\n  password_file: " + missing + "\n"),
      ElementsAre("ordersd.yaml:2:18: database.password_file: can't read " + missing + ": No such file or directory"));
  EXPECT_THAT(problems_of("kafka: {properties: {sasl.password: \"file:" + empty + "\"}}"),
              ElementsAre("ordersd.yaml:1:37: kafka.properties.sasl.password: " + empty +
                          " is empty: expected a secret in it"));
  EXPECT_THAT(texts(load_flags({"kafka.properties.ssl.key.password=file:" + folder.path().string()})),
              ElementsAre("--set kafka.properties.ssl.key.password: can't read " +
                          folder.path().string() + ": Is a directory"));
}

/// A file that every user of the machine may read, and what is said of it.
class OpenFile {
 public:
  OpenFile() {
    write_text(file_, "hunter2\n");
    std::filesystem::permissions(file_, std::filesystem::perms{0644});
  }
  [[nodiscard]] std::string path() const { return file_.string(); }
  [[nodiscard]] std::string complaint() const {
    return path() + " holds a secret, and its mode 0644 lets every user of the machine at it; chmod o= " + path();
  }

 private:
  const test::TempFolder folder_{"config"};
  const std::filesystem::path file_ = folder_ / "secret";
};

TEST(Secrets, ThatEveryUserOfTheMachineMayReadAreRefused) {
  const OpenFile open;
  for (const std::string option : {"database.password_file", "api.token_file", "catalog.token_file", "kafka.properties.ssl.key.location",
                                   "kafka.properties.ssl.keystore.location", "kafka.properties.sasl.kerberos.keytab"}) {
    EXPECT_THAT(texts(load_flags({option + "=" + open.path()})),
                ElementsAre("--set " + option + ": " + open.complaint()));
  }
  EXPECT_THAT(texts(load_flags({"kafka.properties.sasl.password=file:" + open.path()})),
              ElementsAre(testing::EndsWith("kafka.properties.sasl.password: " + open.complaint())));
  EXPECT_THAT(texts(load_flags({"api.tls_certificate=/etc/hosts", "api.tls_key=" + open.path()})),
              ElementsAre(testing::EndsWith("api.tls_key: " + open.complaint())));
  EXPECT_THAT(texts(load_flags({"kafka.properties.ssl.certificate.location=" + open.path()})), IsEmpty());
}

TEST(Secrets, MayBeReadByAGroup) {
  const test::TempFolder folder("config");
  write_secret(folder / "password", "hunter2");
  std::filesystem::permissions(folder / "password", std::filesystem::perms{0440});  // as systemd's credentials are
  EXPECT_THAT(texts(load_flags({"database.password_file=" + (folder / "password").string()})), IsEmpty());
}

/// The options that are warned of, in a file of this mode.
Texts warned_of(const std::string& yaml, std::filesystem::perms mode) {
  const test::TempFolder folder("config");
  const auto file = folder / "ordersd.yaml";
  write_text(file, yaml);
  std::filesystem::permissions(file, mode);
  const auto loaded = load({file, {}, {}});
  EXPECT_THAT(texts(loaded), IsEmpty());
  Texts options;
  for (const auto& warning : loaded.warnings) {
    options.push_back(warning.option);
    EXPECT_THAT(warning.text(), testing::StartsWith(file.string() + ":"));
    EXPECT_THAT(warning.text(), HasSubstr("chmod o= " + file.string() + ", or give the secret a file of its own"));
    EXPECT_THAT(warning.text(), Not(HasSubstr("s3cr3t")));
  }
  return options;
}

TEST(Secrets, InAFileForEverybodyAreWarnedOf) {
  const std::string secrets =
      "database: {url: \"postgresql://u:s3cr3t@h/o\"}\n"
      "kafka: {properties: {sasl.password: s3cr3t, sasl.username: me}}\n";
  EXPECT_THAT(warned_of(secrets, std::filesystem::perms{0644}),
              ElementsAre("database.url", "kafka.properties.sasl.password"));
  EXPECT_THAT(warned_of(secrets, std::filesystem::perms{0640}), IsEmpty());
  EXPECT_THAT(warned_of("database: {url: \"postgresql://u@h/o\"}\nkafka: {properties: {ssl.key.password: \"\"}}\n",
                        std::filesystem::perms{0644}),
              IsEmpty());
}

TEST(Secrets, InAnAddressThatLibpqWouldTearApartAreRefused) {
  for (const char* url : {"postgresql://u:s3cr@s3cr@h/o", "postgresql://u:12/s3cr@h/o", "postgresql://u:a?b@s3cr@h/o",
                          "postgresql://s3cr@s3cr@h/o"}) {
    const auto found = problems_of(std::string("database: {url: \"") + url + "\"}");
    EXPECT_THAT(found, ElementsAre(HasSubstr("database.url: an '@' or '/' in its user or password must be written")))
        << url;
    for (const auto& text : found) EXPECT_THAT(text, Not(HasSubstr("s3cr")));
  }
  for (const char* url : {"postgresql://u:p%40ss@h:5432/o", "postgresql:///o?host=/run&application_name=a@b",
                          "postgresql://u:a?b@h/o", "host=h password=a@b@c", "postgresql://h1:1,h2:2/o"}) {
    EXPECT_THAT(problems_of(std::string("database: {url: \"") + url + "\"}"), IsEmpty()) << url;
  }
}

TEST(Secrets, AreNotTakenFromFlags) {
  EXPECT_THAT(
      texts(load_flags({"kafka.properties.sasl.password=hunter2"})),
      ElementsAre("--set kafka.properties.sasl.password: a secret on the command "
                  "line can be read by every user of the machine: use file:/PATH, or the environment"));
  EXPECT_THAT(
      texts(load_flags({"database.url=postgresql://u:hunter2@h/o"})),
      ElementsAre("--set database.url: a password on the command line can be read by every user of "
                  "the machine: use database.password_file, or the environment"));
  EXPECT_THAT(texts(load_flags({}, {{"ORDERS_KAFKA_PROPERTIES_SASL_PASSWORD", "hunter2"},
                                    {"ORDERS_DATABASE_URL", "postgresql://u:hunter2@h/o"}})),
              IsEmpty());
}

TEST(Secrets, NeverShow) {
  const auto loaded = load_text(
      "database: {url: \"postgresql://u:s3cr3t@h/o\"}\n"
      "kafka:\n  properties:\n    sasl.password: s3cr3t\n    ssl.key.pem: s3cr3t\n    sasl.oauthbearer.config: s3cr3t\n"
      "    sasl.oauthbearer.client.secret: s3cr3t\n    sasl.username: me\n"
      "catalog: {location: \"https://u:s3cr3t@h/codes\"}\n");
  ASSERT_THAT(texts(loaded), IsEmpty());
  EXPECT_THAT(show_yaml(loaded), Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(show_yaml(loaded), HasSubstr("sasl.password: \"********\"\n"));
  EXPECT_THAT(show_yaml(loaded), HasSubstr("postgresql://u:********@h/o"));
  EXPECT_THAT(show_yaml(loaded), HasSubstr("sasl.username: me\n"));
  EXPECT_THAT(show_json(loaded), Not(HasSubstr("s3cr3t")));
  const auto json = nlohmann::json::parse(show_json(loaded));
  EXPECT_EQ(json["kafka.properties"]["value"]["sasl.password"], "********");
  EXPECT_EQ(json["database.url"]["value"], "postgresql://u:********@h/o");
}

TEST(Secrets, DoNotStandInProblems) {
  for (const char* yaml :
       {"database: {url: \"u:s3cr3t@h\"}", "database: \"postgresql://u:s3cr3t@h/o\"", "kafka: {properties: s3cr3t}",
        "kafka: {properties: {sasl.password: [s3cr3t]}}", "database: {urll: s3cr3t}", "database: {url: [s3cr3t]}"}) {
    const auto found = problems_of(yaml);
    EXPECT_EQ(found.size(), 1u) << yaml;
    for (const auto& text : found) EXPECT_THAT(text, Not(HasSubstr("s3cr3t")));
  }
  EXPECT_THAT(problems_of("database: {url: \"u:s3cr3t@h\"}"),
              ElementsAre("ordersd.yaml:1:17: database.url: expected postgresql://user@host/database, or host=... "
                          "dbname=... as libpq takes it; what was found is a secret and not shown"));
}

}  // namespace
}  // namespace orders::config
