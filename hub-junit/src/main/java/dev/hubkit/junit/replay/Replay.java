package dev.hubkit.junit.replay;

import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages of a fixture, to be published again. Each method returns a new replay; {@link #atPace}
 * begins to publish.
 *
 * <p>The messages have the subjects, reply subjects, headers and payloads that were recorded. They
 * come from connections with the recorded names, or from one that is named "replay", and so are
 * traffic of clients to the server and to the journal.
 *
 * <p>Without {@link #subject}, a replay leaves out what clients say to the server and to each other
 * by themselves: requests to the APIs of NATS and acknowledgements ({@code $JS.>}, {@code $SYS.>},
 * {@code $SRV.>}) and answers to inboxes ({@code _INBOX.>}). Immutable.
 */
public final class Replay {
  private static final List<String> PROTOCOL = List.of("$JS.>", "$SYS.>", "$SRV.>", "_INBOX.>");

  private final Replays hub;
  private final Fixture fixture;
  private final List<String> subjects;
  private final List<SubjectTransform> mappings;

  private Replay(
      Replays hub, Fixture fixture, List<String> subjects, List<SubjectTransform> mappings) {
    this.hub = hub;
    this.fixture = fixture;
    this.subjects = List.copyOf(subjects);
    this.mappings = List.copyOf(mappings);
  }

  static Replay of(Replays hub, Fixture fixture) {
    return new Replay(hub, fixture, List.of(), List.of());
  }

  /**
   * Chooses messages on a subject, which may have wildcards; called again, also those on another.
   *
   * @throws IllegalArgumentException if that is no subject
   */
  public Replay subject(String subject) {
    if (!Subjects.isValid(subject)) {
      throw new IllegalArgumentException("\"" + subject + "\" is not a subject");
    }
    List<String> more = new ArrayList<>(subjects);
    more.add(subject);
    return new Replay(hub, fixture, more, mappings);
  }

  /**
   * Publishes on other subjects, as the mapping of subjects in nats-server does: {@code orders.*}
   * to {@code copy.orders.$1}. Of several mappings, the first that fits counts.
   *
   * @throws IllegalArgumentException if that is not a mapping
   */
  public Replay mapping(String source, String destination) {
    List<SubjectTransform> more = new ArrayList<>(mappings);
    more.add(SubjectTransform.of(source, destination));
    return new Replay(hub, fixture, subjects, more);
  }

  /**
   * Begins to publish, the first message at once, the others as long after it as the pace says. The
   * hub's time counts: while it is frozen, messages are published as it is advanced.
   *
   * @throws IllegalArgumentException if there is no message to publish, or the fixture has only the
   *     beginning of one
   * @throws IllegalStateException if the server does not let the replay in
   */
  public RunningReplay atPace(Pace pace) {
    List<RecordedMessage> chosen = fixture.messages().stream().filter(this::isChosen).toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "The fixture has no message "
              + (subjects.isEmpty() ? "to publish again" : "on " + String.join(", ", subjects))
              + "; it has "
              + fixture.messages().size()
              + " messages in all");
    }
    List<ScheduledMessage> messages = new ArrayList<>();
    Duration first = chosen.get(0).at();
    for (RecordedMessage each : chosen) {
      if (each.isCut()) {
        throw new IllegalArgumentException(
            "The fixture has only "
                + each.payload().length
                + " of the "
                + each.length()
                + " bytes of a message on "
                + each.subject()
                + ": record it with hub record, or choose other subjects");
      }
      Duration due = pace.waits() ? pace.of(each.at().minus(first)) : Duration.ZERO;
      messages.add(new ScheduledMessage(due, each.withSubject(mapped(each.subject()))));
    }
    return hub.start(messages, pace);
  }

  private boolean isChosen(RecordedMessage message) {
    List<String> patterns = subjects.isEmpty() ? PROTOCOL : subjects;
    // A status comes from a server.
    return message.status().isEmpty()
        && patterns.stream().anyMatch(each -> Subjects.matches(message.subject(), each))
            != subjects.isEmpty();
  }

  private String mapped(String subject) {
    return mappings.stream()
        .flatMap(mapping -> mapping.apply(subject).stream())
        .findFirst()
        .orElse(subject);
  }

  @Override
  public String toString() {
    return "replay of "
        + fixture
        + (subjects.isEmpty() ? "" : ", on " + String.join(", ", subjects));
  }
}
