package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.protocol.ScheduleTime;
import dev.hubkit.nats.jetstream.runtime.CommandLog;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.runtime.StreamCommand.DueSchedule;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.time.Timer;
import dev.hubkit.work.WorkStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The message schedules of a stream (ADR-51): messages that say when, and under which subject, a
 * message is to be made of them. Confined to the stream's executor.
 */
final class Schedules {
  public static final String PURGE = "purge";
  private static final long SHORTEST_WAIT = 250_000_000L;
  private static final long LONGEST_WAIT = 24 * 3_600_000_000_000L;

  private final PublishContext stream;
  private final Map<String, Entry> bySubject = new HashMap<>();
  private final TreeSet<Entry> byTime =
      new TreeSet<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::sequence));
  private @Nullable Timer timer;
  private long scheduled = Long.MAX_VALUE;
  // Null in a stream without replicas.
  private @Nullable CommandLog log;

  private record Entry(String subject, long sequence, long at) {}

  Schedules(PublishContext stream) {
    this.stream = stream;
  }

  /** Has schedules fire on all replicas when the leader says so. */
  void replicate(CommandLog commands) {
    log = commands;
    close();
  }

  /** Recovers the schedules from the stored messages. */
  public void recover() {
    bySubject.clear();
    byTime.clear();
    if (!stream.config().allowMessageSchedules()) {
      return;
    }
    StreamStore store = stream.store();
    for (long sequence = store.nextHeaded(1);
        sequence != 0;
        sequence = store.nextHeaded(sequence + 1)) {
      StoredMessage message = store.get(sequence);
      if (message == null) {
        continue;
      }
      PublishHeaders headers =
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
      if (headers.has(Name.SCHEDULE)) {
        add(message.subject(), message.sequence(), headers, message.timestamp());
      }
    }
    reschedule();
  }

  /**
   * Checks the schedule headers of a message, in the order of nats-server.
   *
   * @param now when the message came, in nanoseconds since the Unix epoch
   * @return whether the message is a schedule
   * @throws ApiException if the schedule is invalid
   */
  public boolean check(PublishHeaders headers, String subject, long now) {
    StreamConfig config = stream.config();
    ScheduleTime time;
    try {
      time = ScheduleTime.parse(headers, now, now);
    } catch (ApiException e) {
      throw config.allowMessageSchedules() ? e : ApiError.MESSAGE_SCHEDULES_DISABLED.exception();
    }
    if (time != null) {
      checkSchedule(headers, subject, config);
    }
    checkScheduler(headers, subject, config);
    return time != null;
  }

  private static void checkSchedule(PublishHeaders headers, String subject, StreamConfig config) {
    require(config.allowMessageSchedules(), ApiError.MESSAGE_SCHEDULES_DISABLED);
    try {
      MessageTtl.parse(headers.text(Name.SCHEDULE_TTL));
    } catch (ApiException e) {
      throw ApiError.MESSAGE_SCHEDULES_TTL_INVALID.exception();
    }
    String rollup = headers.text(Name.SCHEDULE_ROLLUP);
    require(rollup.isEmpty() || rollup.equals("sub"), ApiError.MESSAGE_SCHEDULES_ROLLUP_INVALID);
    require(
        !headers.has(Name.SCHEDULE_TTL) || config.allowMessageTtl(), ApiError.MESSAGE_TTL_DISABLED);
    String target = headers.text(Name.SCHEDULE_TARGET);
    require(
        Subjects.isValidLiteral(target) && !target.equals(subject),
        ApiError.MESSAGE_SCHEDULES_TARGET_INVALID);
    String source = headers.text(Name.SCHEDULE_SOURCE);
    require(
        source.isEmpty()
            || (Subjects.isValidLiteral(source)
                && !source.equals(target)
                && !source.equals(subject)),
        ApiError.MESSAGE_SCHEDULES_SOURCE_INVALID);
    require(isTaken(target, config), ApiError.MESSAGE_SCHEDULES_TARGET_INVALID);
    require(source.isEmpty() || isTaken(source, config), ApiError.MESSAGE_SCHEDULES_SOURCE_INVALID);
    String own = headers.rollup();
    require(own.isEmpty() || own.equals("sub"), ApiError.MESSAGE_SCHEDULES_ROLLUP_INVALID);
  }

  // Clients may only end a schedule.
  private void checkScheduler(PublishHeaders headers, String subject, StreamConfig config) {
    String scheduler = headers.text(Name.SCHEDULER);
    if (!headers.has(Name.SCHEDULE_NEXT)) {
      require(scheduler.isEmpty(), ApiError.MESSAGE_SCHEDULES_SCHEDULER_INVALID);
      return;
    }
    require(
        headers.text(Name.SCHEDULE_NEXT).equals(PURGE)
            && Subjects.isValidLiteral(scheduler)
            && !scheduler.equals(subject),
        ApiError.MESSAGE_SCHEDULES_SCHEDULER_INVALID);
    require(config.allowMessageSchedules(), ApiError.MESSAGE_SCHEDULES_DISABLED);
    StoredMessage last = stream.store().last(scheduler);
    require(
        last == null
            || PublishHeaders.parse(last.buffer(), last.offset(), last.headerLength())
                .has(Name.SCHEDULE),
        ApiError.MESSAGE_SCHEDULES_SCHEDULER_INVALID);
  }

  private static boolean isTaken(String subject, StreamConfig config) {
    return config.subjects().stream().anyMatch(own -> Subjects.overlap(own, subject));
  }

  private static void require(boolean good, ApiError otherwise) {
    if (!good) {
      throw otherwise.exception();
    }
  }

  /** Notes a stored message, which may be a schedule or made by one. */
  public void stored(String subject, long sequence, PublishHeaders headers, long now) {
    if (!stream.config().allowMessageSchedules()) {
      return;
    }
    if (headers.has(Name.SCHEDULE)) {
      add(subject, sequence, headers, now);
      reschedule();
    }
  }

  private void add(String subject, long sequence, PublishHeaders headers, long from) {
    remove(subject);
    ScheduleTime time;
    try {
      time = ScheduleTime.parse(headers, from, stream.time().epochNanos());
    } catch (ApiException e) {
      return; // accepted by another version; never due
    }
    if (time != null) {
      put(new Entry(subject, sequence, time.at()));
    }
  }

  private void put(Entry entry) {
    bySubject.put(entry.subject(), entry);
    byTime.add(entry);
  }

  private void remove(String subject) {
    Entry entry = bySubject.remove(subject);
    if (entry != null) {
      byTime.remove(entry);
    }
  }

  /** Sets the timer for the next schedule. */
  void reschedule() {
    CommandLog commands = log;
    boolean waits = commands != null && !commands.isLeading();
    long next = byTime.isEmpty() || waits ? Long.MAX_VALUE : byTime.first().at();
    if (next == scheduled) {
      return;
    }
    close();
    if (next != Long.MAX_VALUE) {
      long wait = Math.max(SHORTEST_WAIT, next - stream.time().epochNanos());
      timer =
          stream
              .time()
              .schedule(Math.min(wait, LONGEST_WAIT), () -> stream.executor().execute(this::fire));
    }
    scheduled = next;
  }

  private void fire(WorkBatch batch) {
    if (stream.isClosed()) {
      return;
    }
    scheduled = Long.MAX_VALUE;
    long now = stream.time().epochNanos();
    List<Entry> due = new ArrayList<>();
    while (!byTime.isEmpty() && byTime.first().at() <= now) {
      due.add(byTime.first());
      remove(byTime.first().subject());
    }
    due.sort(Comparator.comparingLong(Entry::sequence));
    CommandLog commands = log;
    if (commands == null) {
      fire(due, now, batch);
    } else if (!due.isEmpty()) {
      commands.propose(
          new StreamCommand.FireSchedules(
              due.stream()
                  .map(each -> new DueSchedule(each.subject(), each.sequence(), each.at()))
                  .toList(),
              now));
    }
    reschedule();
  }

  /** Makes the messages of schedules that are due, as the leader has found. */
  void fire(StreamCommand.FireSchedules command, WorkBatch batch) {
    List<Entry> due = new ArrayList<>();
    for (DueSchedule each : command.due()) {
      Entry own = bySubject.get(each.subject());
      if (own != null && own.sequence() == each.sequence()) {
        remove(each.subject());
      }
      due.add(new Entry(each.subject(), each.sequence(), each.at()));
    }
    fire(due, command.time(), batch);
    reschedule();
  }

  private void fire(List<Entry> due, long now, WorkBatch batch) {
    for (Entry entry : due) {
      try {
        WorkStep.SCHEDULE_DUE.reach();
        fire(entry, now, batch);
      } catch (Throwable e) {
        if (log != null) {
          throw e; // the other replicas may have done it
        }
        // This one is tried again later; the others must not wait for it.
        put(entry);
        stream.jetStream().supervisor().failed(stream, e, null);
      }
    }
  }

  private void fire(Entry entry, long now, WorkBatch batch) {
    StreamStore store = stream.store();
    StoredMessage schedule = store.get(entry.sequence());
    if (schedule == null) {
      return; // removed meanwhile
    }
    PublishHeaders headers =
        PublishHeaders.parse(schedule.buffer(), schedule.offset(), schedule.headerLength());
    String target = headers.text(Name.SCHEDULE_TARGET);
    ScheduleTime next;
    try {
      next = ScheduleTime.parse(headers, entry.at(), now);
    } catch (ApiException e) {
      return;
    }
    if (target.isEmpty() || next == null) {
      return;
    }
    String source = headers.text(Name.SCHEDULE_SOURCE);
    StoredMessage last = source.isEmpty() ? null : store.last(source);
    StoredMessage content = last == null ? schedule : last;
    byte[] header = HeaderBlock.removePrefix(content.header(), "Nats-Schedule");
    header = HeaderBlock.removePrefix(header, "Nats-Expected-");
    header = HeaderBlock.remove(header, Name.MESSAGE_ID.text());
    header = HeaderBlock.remove(header, Name.TTL.text());
    header = HeaderBlock.remove(header, Name.ROLLUP.text());
    header = HeaderBlock.add(header, Name.SCHEDULER.text(), entry.subject());
    header =
        HeaderBlock.add(
            header, Name.SCHEDULE_NEXT.text(), next.repeats() ? Rfc3339.format(next.at()) : PURGE);
    if (headers.has(Name.SCHEDULE_TTL)) {
      header = HeaderBlock.add(header, Name.TTL.text(), headers.text(Name.SCHEDULE_TTL));
    }
    if (headers.has(Name.SCHEDULE_ROLLUP)) {
      header = HeaderBlock.add(header, Name.ROLLUP.text(), headers.text(Name.SCHEDULE_ROLLUP));
    }
    if (next.repeats()) {
      put(new Entry(entry.subject(), entry.sequence(), next.at()));
    }
    stream.store(target, header, content.payload(), batch);
  }

  /** Forgets the schedule of a message that has left the stream. */
  public void removed(long sequence, String subject) {
    Entry entry = bySubject.get(subject);
    if (entry != null && entry.sequence() == sequence) {
      remove(subject);
    }
  }

  /** Forgets the schedules of messages that are no longer in the stream. */
  public void recount() {
    for (Entry entry : List.copyOf(byTime)) {
      if (!stream.store().contains(entry.sequence())) {
        remove(entry.subject());
      }
    }
  }

  public void close() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    scheduled = Long.MAX_VALUE;
  }
}
