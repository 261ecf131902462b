#include "server/domain/reliability/civil_day.h"

#include "absl/time/civil_time.h"

namespace pledger::reliability {
namespace {

// Years are reckoned from March on, so that a leap day is a year's last day; 400 of them always
// have the same number of days.
constexpr int64_t kEraYears = 400;
constexpr int64_t kEraDays = 146'097;
// From 0000-03-01 to 1970-01-01.
constexpr int64_t kEpochDays = 719'468;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Days before the month that is so many after March: 31, 30, 31, 30, 31 and again.
constexpr int64_t DaysBefore(int64_t months) { return (153 * months + 2) / 5; }

void PutTwo(int number, char* out) {
  out[0] = static_cast<char>('0' + number / 10);
  out[1] = static_cast<char>('0' + number % 10);
}

}  // namespace

CivilDate DateOfDay(int64_t day) {
  const int64_t shifted = day + kEpochDays;
  const int64_t era = FloorDiv(shifted, kEraDays);
  const int64_t of_era = shifted - era * kEraDays;
  const int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  const bool next_year = month >= 10;
  return {year + era * kEraYears + (next_year ? 1 : 0),
          static_cast<int>(next_year ? month - 9 : month + 3),
          static_cast<int>(of_year - DaysBefore(month) + 1)};
}

int64_t FirstDayOfMonth(int64_t year, int month) {
  const int64_t months = month > 2 ? month - 3 : month + 9;
  const int64_t from_march = month > 2 ? year : year - 1;
  const int64_t era = FloorDiv(from_march, kEraYears);
  const int64_t of_era = from_march - era * kEraYears;
  return era * kEraDays + 365 * of_era + of_era / 4 - of_era / 100 + DaysBefore(months) -
         kEpochDays;
}

std::string DateText(int64_t day) {
  const CivilDate date = DateOfDay(day);
  if (date.year < 1'000 || date.year > 9'999) {
    return absl::FormatCivilTime(absl::CivilDay(1970, 1, 1) + day);
  }
  std::string text = "0000-00-00";
  PutTwo(static_cast<int>(date.year / 100), text.data());
  PutTwo(static_cast<int>(date.year % 100), text.data() + 2);
  PutTwo(date.month, text.data() + 5);
  PutTwo(date.day, text.data() + 8);
  return text;
}

}  // namespace pledger::reliability
