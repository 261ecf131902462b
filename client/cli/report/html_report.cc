#include "client/cli/report/html_report.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/report/html.h"
#include "client/cli/report/html_sections.h"
#include "client/cli/report/page_style.h"
#include "pledger/v1/options.pb.h"

namespace pledger::client {

std::string RenderReport(const ReportData& data) {
  Citations citations(data);
  Markup body = Header(data);
  body += HistorySection(data);
  body += DimensionsSection(data, citations);
  body += SignalsSection(data, citations);
  body += ActionsSection(data, citations);
  body += GrowthSection(data, citations);
  body += PaymentSection(data);
  body += FiguresSection(data);
  body += StatementsSection(data, citations);
  body += FactsSection(data, citations);
  body += Footer(data);
  const std::string& name =
      data.display_name.empty() ? data.reliability.client_id() : data.display_name;
  Markup head = Markup::Literal(
      "\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      // The page asks nobody for anything, whatever stands in it.
      "<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
  head += Element("title", Markup::Text(absl::StrCat(name, " – reliability record")));
  head +=
      Markup::Literal("\n") + Element("style", Markup::Literal(kPageStyle)) + Markup::Literal("\n");
  Markup page = Markup::Literal("<!DOCTYPE html>\n");
  page += Element("html", Attributes{{"lang", "en"}},
                  Element("head", head) + Markup::Literal("\n") +
                      Element("body", Element("main", Markup::Literal("\n") + body)));
  return page.str() + "\n";
}

void ClearPersonalFields(google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->options().GetExtension(v1::personal)) {
      reflection.ClearField(&message, field);
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE &&
               !field->is_map()) {
      const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) {
        ClearPersonalFields(field->is_repeated()
                                ? *reflection.MutableRepeatedMessage(&message, field, i)
                                : *reflection.MutableMessage(&message, field));
      }
    }
  }
}

}  // namespace pledger::client
