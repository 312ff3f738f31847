#include "log/timeline.h"

#include <algorithm>

#include "log/sentence.h"

namespace hk::log {
namespace {

constexpr std::string_view kMend = "`hitkeep mend`";
constexpr std::string_view kRestore =
    "Nothing was changed. Put the right file back, or restore the whole data directory from one snapshot (`hitkeep "
    "snapshot DIR` takes one)";

}  // namespace

Fit fit(const Extent& log, const Mark& mark) {
  if (mark.offset == 0) return log.begin == 0 ? Fit::fits : Fit::missing;
  if (log.gone) return Fit::ahead;
  const auto own = std::ranges::find(log.lineage, mark.timeline, &Timeline::id);
  if (own == log.lineage.end()) return Fit::foreign;
  if (own + 1 != log.lineage.end() && mark.offset > (own + 1)->left) return Fit::abandoned;
  if (mark.offset < log.begin) return Fit::behind;
  return mark.offset > log.end ? Fit::ahead : Fit::fits;
}

Error misfit(const Extent& log, const Marked& file) {
  const auto offset = file.mark.offset;
  switch (fit(log, file.mark)) {
    case Fit::fits:
      break;
    case Fit::ahead:
      if (log.gone)
        return {
            Code::conflict,
            sentence("{} is there, but the log that it was made from is gone, and with it what was acknowledged and "
                     "not applied yet. Nothing was changed. Put the log directory back (is a volume not mounted?), or "
                     "type {} to go on with what the databases hold.",
                     {file.file, kMend}),
            {}};
      return {
          Code::conflict,
          sentence("the log ends {} bytes before what {} has applied from it: the end of the log was lost, and what "
                   "other databases still lacked of it. Nothing was changed. Put the newest log directory back, or "
                   "type {} to go on with what the databases hold.",
                   {offset - log.end, file.file, kMend}),
          {}};
    case Fit::behind:
      return {
          Code::not_found,
          sentence("{} is too old: it lacks {} bytes of records that the log no longer holds (the file is at offset "
                   "{}, the log begins at {}). {}, or type {} to go on without them.",
                   {file.file, log.begin - offset, offset, log.begin, kRestore, kMend}),
          {}};
    case Fit::missing:
      return {
          Code::not_found,
          sentence("{} is missing or empty, and the log no longer reaches back to the beginning (it begins at offset "
                   "{}), so the file cannot be made again from it. Nothing was changed. Put the file back (is a "
                   "volume not mounted?), restore the whole data directory from one snapshot, or type {} to begin "
                   "with an empty one.",
                   {file.file, log.begin, kMend}),
          {}};
    case Fit::abandoned:
      return {Code::conflict,
              sentence("{} went on after the moment at which this data directory was copied or put back: its later "
                       "records are not those of this log. {}.",
                       {file.file, kRestore}),
              {}};
    case Fit::foreign:
      return {
          Code::conflict,
          sentence("{} was not made from this log: it is of another instance of HitKeep, or of a later time than the "
                   "log. {}.",
                   {file.file, kRestore}),
          {}};
  }
  return {Code::internal, file.file.string() + " fits", {}};
}

Result<Mark> settle(const Extent& log, std::span<const Marked> files, bool accept_loss) {
  Mark at{.timeline = log.lineage.back().id, .offset = log.end};
  const Marked* first = nullptr;
  for (const auto& file : files) {
    const auto found = fit(log, file.mark);
    const bool lost = found == Fit::behind || found == Fit::missing || found == Fit::ahead;
    const bool copy = found == Fit::ahead && log.copied;
    if (found != Fit::fits && !copy && !(lost && accept_loss)) return std::unexpected(misfit(log, file));
    if (file.mark.offset == 0) continue;
    if (first == nullptr) first = &file;
    if (log.gone && file.mark.timeline != first->mark.timeline)
      return fail(Code::conflict,
                  sentence("{} and {} belong to two different instances of HitKeep, and there is no log. "
                           "{}.",
                           {first->file, file.file, kRestore}));
    if (log.gone) at.timeline = file.mark.timeline;
    at.offset = std::max(at.offset, file.mark.offset);
  }
  return at;
}

}  // namespace hk::log
