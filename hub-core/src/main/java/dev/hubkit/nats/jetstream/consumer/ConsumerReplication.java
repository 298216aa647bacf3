package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.protocol.StatusMessage;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.store.ReplicatedConsumerStore;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer with replicas on several servers does besides: as the leader it proposes what it
 * has changed, and tells clients when a majority has it; otherwise it takes over what was agreed
 * on. Like nats-server 2.15 (see {@code replicateDeliveries} and {@code applyConsumerMsgOp}), it
 * holds deliveries that await acknowledgements and the confirmations of acknowledgements; nothing
 * else waits. Confined to the stream's executor.
 */
final class ConsumerReplication implements PullQueue.Listener {
  private static final String LEADERSHIP_CHANGE = "409 Leadership Change";
  private static final String TIMEOUT = "408 Request Timeout";

  private final ConsumerContext consumer;
  private final ReplicatedConsumerStore state;
  private final Account account;
  private final Missed missed;

  /** The pull requests that wait at the leader, as far as the replicas have agreed on them. */
  private final Set<String> requests = new LinkedHashSet<>();

  /** The rounds that are not in the log yet. */
  private final Deque<ConsumerRound> outgoing = new ArrayDeque<>();

  /** The rounds that wait for a majority. */
  private final Deque<ConsumerRound> proposed = new ArrayDeque<>();

  /** What is held for pull requests, by their reply subjects. */
  private final Map<String, HeldFor> held = new HashMap<>();

  private ConsumerRound round = new ConsumerRound();
  private @Nullable Group group;
  private long term;
  private long applied;
  private boolean shared;

  /** The replicas of the consumer, as its leader knows them. */
  interface Group {
    /** Proposes a command; returns its place in the log, or empty if that is not possible now. */
    OptionalLong propose(ConsumerCommand command);

    /** Returns whether there are other replicas. */
    boolean isShared();

    /** Asks the cluster to delete the consumer, because no client uses it. */
    void inactive(WorkBatch batch);
  }

  /** What the replicas have agreed on and the consumer has not taken over yet. */
  interface Agreements {
    /** Takes over all of it. */
    void takeAll(WorkBatch batch);

    /** Notes that what was taken over would be there after a kill. */
    void safe();
  }

  /** Is told of deliveries that have reached no client. */
  @FunctionalInterface
  interface Missed {
    void missed(long sequence, WorkBatch batch);
  }

  /** The deliveries held for a pull request, and what was left of it when it ended. */
  private static final class HeldFor {
    private int deliveries;
    private long messages;
    private long bytes;
  }

  ConsumerReplication(ConsumerContext consumer, ReplicatedConsumerStore state, Missed missed) {
    this.consumer = consumer;
    this.state = state;
    this.account = consumer.stream().account();
    this.missed = missed;
  }

  ReplicatedConsumerStore state() {
    return state;
  }

  // --- roles ---

  public boolean leads() {
    return group != null;
  }

  /** Begins to lead. */
  public void lead(long newTerm, Group ofConsumer) {
    state.lead();
    group = ofConsumer;
    term = newTerm;
    shared = ofConsumer.isShared();
  }

  /**
   * Tells the clients whose pull requests have waited at an earlier leader, and the other replicas
   * that they have been told.
   */
  void endRequests(WorkBatch batch) {
    for (String reply : requests) {
      account.publish(StatusMessage.plain(reply, LEADERSHIP_CHANGE), batch);
      round.ended(reply);
    }
    requests.clear();
  }

  /** Begins to follow: forgets what no majority has, and whom to tell. */
  public void follow() {
    state.follow();
    group = null;
    round = new ConsumerRound();
    outgoing.clear();
    proposed.clear();
    held.clear();
  }

  /** Asks the cluster to delete the consumer, because no client uses it. */
  void inactive(WorkBatch batch) {
    Group present = group;
    if (present != null) {
      present.inactive(batch);
    }
  }

  // --- what the leader does in a round ---

  /** Notes that deliveries may follow: the replicas may have become more, or fewer. */
  void beginRound() {
    Group present = group;
    shared = present != null && present.isShared();
  }

  /** Returns whether deliveries wait until a majority knows of them. */
  boolean holdsDeliveries() {
    ConsumerConfig config = consumer.config();
    return shared && config.ackPolicy() != AckPolicy.NONE && !config.flowControl();
  }

  /** Sends a delivery when a majority knows of it. */
  void hold(String to, Message message, long sequence) {
    round.deliver(to, message.retain(), sequence);
    held.computeIfAbsent(to, reply -> new HeldFor()).deliveries++;
  }

  /**
   * Notes that a pull request ends unfulfilled. As in nats-server, one for which deliveries are
   * held gets its status after them.
   *
   * @return whether the status is sent later
   */
  boolean endsLater(String reply, long messages, long bytes) {
    HeldFor deliveries = held.get(reply);
    if (deliveries == null) {
      return false;
    }
    deliveries.messages = messages;
    deliveries.bytes = bytes;
    return true;
  }

  /** Sends an answer when a majority knows what it tells. */
  void answer(Message message) {
    round.answer(message);
  }

  public void acknowledged(long sequence) {
    round.acknowledged(sequence);
  }

  void moved() {
    round.moved();
  }

  @Override
  public void asked(String reply) {
    round.asked(reply);
  }

  @Override
  public void ended(String reply) {
    if (leads()) {
      round.ended(reply);
    }
  }

  /** Proposes what was done; returns false if it is to be tried again. */
  boolean propose() {
    Group present = group;
    if (present == null) {
      return true;
    }
    if (round.complete(term, state.takeChanges())) {
      outgoing.add(round);
      round = new ConsumerRound();
    }
    for (ConsumerRound next = outgoing.peek(); next != null; next = outgoing.peek()) {
      OptionalLong index = present.propose(next.command());
      if (index.isEmpty()) {
        return false;
      }
      next.proposed(index.getAsLong());
      proposed.add(outgoing.remove());
    }
    return true;
  }

  // --- what was agreed on ---

  /** Takes over a command that a majority has; returns whether it counts. */
  boolean apply(long index, long entryTerm, ConsumerCommand command) {
    applied = index;
    if (command.term() != entryTerm) {
      return false;
    }
    state.apply(command.changes());
    // Also where it leads: it may lead again before anybody else does.
    requests.addAll(command.asked());
    command.ended().forEach(requests::remove);
    return true;
  }

  /** Takes over the state of the leader. */
  public void restore(ConsumerSnapshot snapshot) {
    state.restore(snapshot);
  }

  /** Tells clients what a majority has, which has been made safe. */
  void release(WorkBatch batch) {
    for (ConsumerRound next = proposed.peek();
        next != null && next.index() <= applied;
        next = proposed.peek()) {
      proposed.remove();
      next.told().forEach(each -> tell(each, batch));
    }
  }

  private void tell(ConsumerRound.Told told, WorkBatch batch) {
    try {
      String to = told.to();
      if (to == null) {
        account.publish(told.message(), batch);
        return;
      }
      boolean taken = false;
      try {
        taken = account.publishTo(to, told.message(), batch) > 0;
      } finally {
        if (!taken) {
          missed.missed(told.sequence(), batch);
        }
        released(to, batch);
      }
    } catch (Throwable e) {
      // The message will be redelivered; the others are sent.
      consumer.stream().jetStream().supervisor().failed(consumer, e, null);
    }
  }

  private void released(String to, WorkBatch batch) {
    HeldFor deliveries = held.get(to);
    if (deliveries == null || --deliveries.deliveries > 0) {
      return;
    }
    held.remove(to);
    if (deliveries.messages > 0 || deliveries.bytes > 0) {
      account.publish(
          StatusMessage.unfulfilled(to, TIMEOUT, deliveries.messages, deliveries.bytes), batch);
    }
  }
}
