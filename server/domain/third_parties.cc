#include "server/domain/third_parties.h"

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "pledger/v1/options.pb.h"

namespace pledger {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void HideThirdParties(Message* message) {
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(v1::third_party)) {
      reflection.SetString(message, field, std::string(kHidden));
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (!field->is_repeated()) {
      HideThirdParties(reflection.MutableMessage(message, field));
    } else {
      for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
        HideThirdParties(reflection.MutableRepeatedMessage(message, field, i));
      }
    }
  }
}

}  // namespace pledger
