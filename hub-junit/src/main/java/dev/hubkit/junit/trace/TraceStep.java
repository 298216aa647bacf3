package dev.hubkit.junit.trace;

import dev.hubkit.junit.journal.JournalEntry;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of a trace: an entry of the journal, or an incident.
 *
 * @param entry null for an incident
 * @param incident null for an entry
 */
record TraceStep(@Nullable JournalEntry entry, @Nullable TraceIncident incident) {

  /** Returns entries and incidents in one list, in the order in which they happened. */
  static List<TraceStep> merge(List<JournalEntry> entries, List<TraceIncident> incidents) {
    List<TraceStep> steps = new ArrayList<>(entries.size() + incidents.size());
    int next = 0;
    for (JournalEntry entry : entries) {
      while (next < incidents.size() && incidents.get(next).after() < entry.number()) {
        steps.add(new TraceStep(null, incidents.get(next++)));
      }
      steps.add(new TraceStep(entry, null));
    }
    while (next < incidents.size()) {
      steps.add(new TraceStep(null, incidents.get(next++)));
    }
    return steps;
  }

  String kind() {
    if (entry != null) {
      return entry.kind().name();
    }
    return incident == null ? "" : incident.kind().name();
  }

  /** Returns the time of the hub, in nanoseconds since the epoch. */
  long hubNanos() {
    if (entry != null) {
      return ChronoUnit.NANOS.between(Instant.EPOCH, entry.time());
    }
    return incident == null ? 0 : incident.hubNanos();
  }

  /** Returns the time of the machine. */
  long realNanos() {
    if (entry != null) {
      return entry.realNanos();
    }
    return incident == null ? 0 : incident.realNanos();
  }
}
