package dev.hubkit.junit.journal;

import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.RecordingGap;
import dev.hubkit.fixture.RecordingInfo;
import dev.hubkit.junit.journal.JournalEntry.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The published messages of a journal, as a recording that begins with the first of them.
 *
 * @param dropped how many older entries the journal has dropped
 * @param entries of all kinds
 */
record JournalRecording(long dropped, List<JournalEntry> entries) {
  Fixture toFixture() {
    List<JournalEntry> published =
        entries.stream().filter(entry -> entry.kind() == Kind.PUBLISHED).toList();
    Instant begin = published.isEmpty() ? Instant.EPOCH : published.get(0).time();
    RecordingInfo info = RecordingInfo.of(begin, "the journal of a test");
    if (dropped > 0) {
      info =
          info.withGaps(
              List.of(
                  new RecordingGap(
                      Duration.ZERO,
                      Duration.ZERO,
                      "the journal has dropped "
                          + dropped
                          + " older entries, because it keeps only the last "
                          + Journal.MOST_ENTRIES)));
    }
    return new Fixture(null, published.stream().map(entry -> message(entry, begin)).toList(), info);
  }

  private static RecordedMessage message(JournalEntry entry, Instant begin) {
    return RecordedMessage.of(Duration.between(begin, entry.time()), entry.subject())
        .withReply(entry.reply().orElse(null))
        .withConnection(entry.clientName().orElse(null))
        .withHeaderBlock(entry.headerBlock())
        .withPayload(entry.payload(), entry.payloadLength());
  }
}
