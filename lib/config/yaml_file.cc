// The file as a list of options and values with their places. The only source that knows yaml-cpp.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "base/bytes.h"
#include "base/file.h"
#include "config/given.h"

namespace orders::config {
namespace {

/// Where the documents of a stream begin.
class Documents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { begins.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  std::vector<YAML::Mark> begins;
};

class Reader {
 public:
  Reader(std::string path, Findings& findings) : path_(std::move(path)), findings_(findings) {}

  void read(const std::string& content) {
    if (!is_utf8(content)) return;
    try {
      if (has_document(content)) section("", YAML::Load(content));
    } catch (const YAML::Exception& error) {
      problem(error.mark, "", fmt::format("not YAML: {}", printable(error.msg)));
    } catch (const std::exception& error) {
      findings_.emplace_back(Problem{path_, "", fmt::format("not YAML: {}", printable(error.what()))});
    }
  }

 private:
  /// Counts from 1, as editors do.
  [[nodiscard]] std::string place(const YAML::Mark& mark) const {
    if (mark.is_null()) return path_;
    return fmt::format("{}:{}:{}", path_, mark.line + 1, mark.column + 1);
  }

  void problem(const YAML::Mark& mark, std::string option, std::string message) {
    findings_.emplace_back(Problem{place(mark), std::move(option), std::move(message)});
  }

  /// yaml-cpp passes any byte on, and what is shown of it later would be another one.
  bool is_utf8(const std::string& content) {
    int line = 1, column = 1;
    for (std::string_view rest = content; !rest.empty();) {
      const auto length = utf8_length(rest);
      if (length == 0) {
        findings_.emplace_back(Problem{fmt::format("{}:{}:{}", path_, line, column), "",
                                       fmt::format("not UTF-8: {}", printable(rest.substr(0, 1)))});
        return false;
      }
      const bool ends_line = rest.front() == '\n';
      line += ends_line ? 1 : 0;
      column = ends_line ? 1 : column + 1;
      rest.remove_prefix(length);
    }
    return true;
  }

  /// YAML::Load ignores all but the first document. YAML::LoadAll never ends on a stray ',', which it neither takes nor
  /// refuses: hence the look at where the second one begins.
  bool has_document(const std::string& content) {
    std::istringstream stream(content);
    YAML::Parser parser(stream);
    Documents documents;
    while (documents.begins.size() < 2 && parser.HandleNextDocument(documents)) continue;
    if (documents.begins.size() < 2) return true;
    const bool stuck = documents.begins[0].pos == documents.begins[1].pos;
    problem(documents.begins[1], "", stuck ? "not YAML: unexpected token" : "a second YAML document: expected one");
    return !stuck;
  }

  /// A level of the file: the keys of `node` are options and sections below `name`.
  void section(const std::string& name, const YAML::Node& node) {
    if (!node.IsDefined() || node.IsNull()) return;  // all of it commented out
    if (!node.IsMap()) {
      problem(node.Mark(), name, fmt::format("expected a map of {}, found {}", members(name), kind(node)));
      return;
    }
    each(name, node, [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
      entry(name.empty() ? key : name + "." + key, key_node, value);
    });
  }

  /// yaml-cpp keeps duplicate keys and says nothing; they are found here.
  template <class Visit>
  void each(const std::string& name, const YAML::Node& node, Visit visit) {
    std::map<std::string, YAML::Mark> seen;
    for (const auto& pair : node) {
      const auto mark = pair.first.Mark();
      if (!pair.first.IsScalar()) {
        problem(mark, name, fmt::format("expected an option's name, found {}", kind(pair.first)));
        continue;
      }
      const auto& key = pair.first.Scalar();
      if (const auto [first, fresh] = seen.try_emplace(key, mark); !fresh) {
        problem(
            mark, printable(name.empty() ? key : name + "." + key),
            fmt::format("given twice, first in line {}, column {}", first->second.line + 1, first->second.column + 1));
      }
      visit(key, pair.first, pair.second);
    }
  }

  void entry(const std::string& name, const YAML::Node& key, const YAML::Node& value) {
    if (key.Scalar().find('.') != std::string::npos) {  // else it would be a second way to say the same
      problem(key.Mark(), printable(name), no_such_option(name));
      return;
    }
    const Option* option = find_option(name);
    if (option != nullptr && option->type == Type::properties) {
      properties(*option, value);
    } else if (find_section(name) != nullptr && (option == nullptr || value.IsMap())) {
      section(name, value);
    } else if (option != nullptr) {
      findings_.emplace_back(given(*option, "", key, value));
    } else {
      problem(key.Mark(), printable(name), no_such_option(name));
    }
  }

  void properties(const Option& option, const YAML::Node& node) {
    if (node.IsNull()) return;
    if (!node.IsMap()) {
      findings_.emplace_back(given(option, "", node, node));
      return;
    }
    each(option.name, node, [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
      if (key.empty()) {
        problem(key_node.Mark(), option.name, "expected a property's name, found nothing");
      } else {
        findings_.emplace_back(given(option, key, key_node, value));
      }
    });
  }

  /// Where nothing stands after the key, yaml-cpp's mark is that of the next token: the key's is better.
  [[nodiscard]] Given given(const Option& option, std::string property, const YAML::Node& key,
                            const YAML::Node& node) const {
    return {&option,
            std::move(property),
            node.IsScalar() ? node.Scalar() : "",
            form(node),
            place(node.IsNull() ? key.Mark() : node.Mark()),
            Origin::file};
  }

  static Form form(const YAML::Node& node) {
    if (node.IsMap()) return Form::map;
    if (node.IsSequence()) return Form::list;
    if (!node.IsScalar()) return Form::nothing;
    return node.Tag() == "?" || node.Tag().empty() ? Form::plain : Form::quoted;
  }

  static std::string kind(const YAML::Node& node) {
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    if (!node.IsScalar()) return "nothing";
    return "a single value";  // not shown: it may be a secret that stands in the wrong place
  }

  /// "level and format", for the section "log".
  static std::string members(const std::string& section) {
    std::vector<std::string_view> names;
    for (const Option& option : options()) {
      if (parent_of(option.name) == section) names.push_back(leaf_of(option.name));
    }
    for (const Section& inner : sections()) {
      if (parent_of(inner.name) == section && find_option(inner.name) == nullptr) names.push_back(leaf_of(inner.name));
    }
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += fmt::format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
    }
    return text;
  }

  std::string path_;
  Findings& findings_;
};

}  // namespace

void read_yaml_file(const std::filesystem::path& path, Findings& findings) {
  const auto content = read_file(path);
  if (!content) {
    findings.emplace_back(Problem{"", "", content.error().message});
    return;
  }
  read_yaml(*content, path.string(), findings);
}

void read_yaml(const std::string& text, std::string path, Findings& findings) {
  Reader(std::move(path), findings).read(text);
}

}  // namespace orders::config
