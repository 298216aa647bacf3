package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * What a user may publish and subscribe to. Immutable and thread-safe.
 *
 * <p>Where there is an allow list, only what it matches is allowed; what a deny list matches is not
 * allowed in any case. An entry for subscriptions can name a queue group behind the subject ({@code
 * "foo v1.*"}); it then speaks of subscriptions in such a group only.
 */
public final class Permissions {
  /** Everything is allowed. */
  public static final Permissions ALL = new Permissions(null, List.of(), null, List.of(), null);

  private final @Nullable Rules publishAllow;
  private final Rules publishDeny;
  private final @Nullable Rules subscribeAllow;
  private final Rules subscribeDeny;
  private final @Nullable ResponsePermission responses;

  /**
   * Makes permissions.
   *
   * @param publishAllow null for no list
   * @param subscribeAllow null for no list
   * @param responses null when replies to requests are not allowed of themselves
   * @throws IllegalArgumentException if an entry is not a subject
   */
  public Permissions(
      @Nullable Collection<String> publishAllow,
      Collection<String> publishDeny,
      @Nullable Collection<String> subscribeAllow,
      Collection<String> subscribeDeny,
      @Nullable ResponsePermission responses) {
    this.publishAllow = publishAllow == null ? null : new Rules(publishAllow);
    this.publishDeny = new Rules(publishDeny);
    this.subscribeAllow = subscribeAllow == null ? null : new Rules(subscribeAllow);
    this.subscribeDeny = new Rules(subscribeDeny);
    this.responses = responses;
  }

  private Permissions(Permissions from, Rules publishDeny, Rules subscribeDeny) {
    this.publishAllow = from.publishAllow;
    this.publishDeny = publishDeny;
    this.subscribeAllow = from.subscribeAllow;
    this.subscribeDeny = subscribeDeny;
    this.responses = from.responses;
  }

  /** Returns what may be published, each entry as it was given; null for everything. */
  public @Nullable List<String> publishAllow() {
    return publishAllow == null ? null : publishAllow.lines;
  }

  /** Returns what must not be published, each entry as it was given. */
  public List<String> publishDeny() {
    return publishDeny.lines;
  }

  /** Returns what may be subscribed to, each entry as it was given; null for everything. */
  public @Nullable List<String> subscribeAllow() {
    return subscribeAllow == null ? null : subscribeAllow.lines;
  }

  /** Returns what must not be subscribed to, each entry as it was given. */
  public List<String> subscribeDeny() {
    return subscribeDeny.lines;
  }

  /** Returns these permissions without that to publish to {@code subject}. */
  public Permissions withoutPublishing(String subject) {
    return new Permissions(this, publishDeny.and(List.of(subject)), subscribeDeny);
  }

  /** Returns these permissions without those to publish and subscribe to {@code subjects}. */
  public Permissions without(List<String> subjects) {
    return new Permissions(this, publishDeny.and(subjects), subscribeDeny.and(subjects));
  }

  /** Returns whether all publishing is allowed, so that nothing has to be checked. */
  public boolean publishesAnything() {
    return publishAllow == null && publishDeny.isEmpty();
  }

  /** Returns whether messages may be published to the literal {@code subject}, responses aside. */
  public boolean mayPublish(String subject) {
    return (publishAllow == null || publishAllow.hasPlain(subject))
        && !publishDeny.hasPlain(subject);
  }

  /** Returns whether {@code subject}, which may have wildcards, may be subscribed to. */
  public boolean maySubscribe(String subject, @Nullable String queue) {
    if (subscribeAllow != null) {
      Boolean byQueue = queue == null ? null : subscribeAllow.queueMatch(subject, queue);
      if (!(byQueue == null ? subscribeAllow.hasPlain(subject) : byQueue)) {
        return false;
      }
    }
    return !subscribeDeny.matches(subject, queue);
  }

  /**
   * Returns whether a subscription that is allowed can still match subjects that are denied, so
   * that {@link #mayReceive} has to be asked for every message.
   */
  public boolean needsFilter(String subject) {
    return !Subjects.isLiteral(subject) && subscribeDeny.isInside(subject);
  }

  /** Returns whether a message of the literal {@code subject} may be delivered. */
  public boolean mayReceive(String subject, @Nullable String queue) {
    return !subscribeDeny.matches(subject, queue);
  }

  /** Returns how replies to received requests are allowed; null when they are not. */
  public @Nullable ResponsePermission responses() {
    return responses;
  }

  /** Returns whether nothing is forbidden and nothing is special. */
  public boolean isUnlimited() {
    return publishesAnything()
        && subscribeAllow == null
        && subscribeDeny.isEmpty()
        && responses == null;
  }

  /** Writes them as nats-server tells a user about its own ({@code $SYS.REQ.USER.INFO}). */
  public void write(JsonWriter json) {
    json.beginObject("publish");
    if (publishAllow != null) {
      json.fieldIfSet("allow", publishAllow.lines);
    }
    json.fieldIfSet("deny", publishDeny.lines).endObject().beginObject("subscribe");
    if (subscribeAllow != null) {
      json.fieldIfSet("allow", subscribeAllow.lines);
    }
    json.fieldIfSet("deny", subscribeDeny.lines).endObject();
    if (responses != null) {
      json.beginObject("responses")
          .field("max", responses.maxMessages())
          .field("ttl", responses.expiresNanos())
          .endObject();
    }
  }

  private static final class Rules {
    // The value is the queue group an entry names, or the empty string.
    private final SubjectTrie<String> entries = new SubjectTrie<>();
    private final List<String> subjects = new ArrayList<>();
    private final List<String> lines;

    Rules and(List<String> more) {
      List<String> all = new ArrayList<>(lines);
      all.addAll(more);
      return new Rules(all);
    }

    private Rules(Collection<String> entered) {
      lines = List.copyOf(entered);
      for (String line : lines) {
        StringTokenizer parts = new StringTokenizer(line);
        if (parts.countTokens() < 1 || parts.countTokens() > 2) {
          throw new IllegalArgumentException("Not a subject and a queue group: \"" + line + "\"");
        }
        String subject = parts.nextToken();
        entries.add(subject, parts.hasMoreTokens() ? parts.nextToken() : "");
        subjects.add(subject);
      }
    }

    private boolean isEmpty() {
      return entries.isEmpty();
    }

    private boolean hasPlain(String subject) {
      return entries.match(subject).contains("");
    }

    // Null when no entry for the subject names a queue group.
    private @Nullable Boolean queueMatch(String subject, String queue) {
      Boolean matched = null;
      for (String named : entries.match(subject)) {
        if (!named.isEmpty()) {
          matched = Boolean.TRUE.equals(matched) || isOf(queue, named);
        }
      }
      return matched;
    }

    private boolean matches(String subject, @Nullable String queue) {
      if (entries.isEmpty()) {
        return false;
      }
      for (String named : entries.match(subject)) {
        if (named.isEmpty() || (queue != null && isOf(queue, named))) {
          return true;
        }
      }
      return false;
    }

    private boolean isInside(String pattern) {
      return subjects.stream().anyMatch(subject -> Subjects.overlap(subject, pattern));
    }

    private static boolean isOf(String queue, String named) {
      return queue.equals(named) || (!Subjects.isLiteral(named) && Subjects.isSubset(queue, named));
    }
  }
}
