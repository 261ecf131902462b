#include "server/domain/fact_types.h"

#include <algorithm>
#include <string>

namespace pledger {

bool IsCorrectable(v1::Fact::FactCase type) {
  switch (type) {
    case v1::Fact::kEventCorrected:
    case v1::Fact::kEventRetracted:
    case v1::Fact::kStatementAdded:
    case v1::Fact::kHoldPlaced:
    case v1::Fact::kHoldReleased:
    case v1::Fact::kClientErased:
    case v1::Fact::kPolicyAdopted:
    case v1::Fact::kSigningKeyRotated:
    case v1::Fact::kClientDirectoryRecorded:
      return false;
    default:
      return true;
  }
}

bool IsRecordedByLedgerOnly(v1::Fact::FactCase type) {
  return type == v1::Fact::kClientErased || type == v1::Fact::kSigningKeyRotated ||
         type == v1::Fact::kClientDirectoryRecorded;
}

std::string_view FactTypeName(uint16_t type) {
  const auto* field = v1::Fact::descriptor()->FindFieldByNumber(type);
  return field == nullptr ? std::string_view() : std::string_view(field->name());
}

uint16_t FactTypeFromName(std::string_view name) {
  const auto* field = v1::Fact::descriptor()->FindFieldByName(std::string(name));
  return field == nullptr ? uint16_t{0} : static_cast<uint16_t>(field->number());
}

const std::vector<uint16_t>& AllFactTypes() {
  static const auto* const types = [] {
    auto* all = new std::vector<uint16_t>;
    const auto* facts = v1::Fact::descriptor()->FindOneofByName("fact");
    for (int i = 0; i < facts->field_count(); ++i) {
      all->push_back(static_cast<uint16_t>(facts->field(i)->number()));
    }
    std::sort(all->begin(), all->end());
    return all;
  }();
  return *types;
}

}  // namespace pledger
