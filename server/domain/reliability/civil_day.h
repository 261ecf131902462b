// Days since 1970-01-01 as dates of the (proleptic Gregorian) calendar, and back, without the cost
// of a general library's formatting: an answer names dozens of dates.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_CIVIL_DAY_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_CIVIL_DAY_H_

#include <cstdint>
#include <string>

namespace pledger::reliability {

struct CivilDate {
  int64_t year;
  int month;  // 1 to 12.
  int day;    // 1 to 31.
};

CivilDate DateOfDay(int64_t day);
// Of the first day of a month.
int64_t FirstDayOfMonth(int64_t year, int month);

// "2026-03-01"; years beyond four digits as they are.
std::string DateText(int64_t day);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_CIVIL_DAY_H_
