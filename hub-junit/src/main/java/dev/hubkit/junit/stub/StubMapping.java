package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which requests a stub answers.
 *
 * @param name empty for none
 * @param queueGroup null for none
 * @param priority the lowest number comes first
 * @param scenario null for none
 * @param requiredState null for any
 * @param nextState null for no change
 */
record StubMapping(
    String name,
    String account,
    String subject,
    @Nullable String queueGroup,
    List<MessageMatcher> matchers,
    int priority,
    @Nullable String scenario,
    @Nullable String requiredState,
    @Nullable String nextState) {

  /** What the stubs of a server subscribe to. */
  record Interest(String account, String subject, @Nullable String queueGroup) {
    @Override
    public String toString() {
      return subject + (queueGroup == null ? "" : " in queue group " + queueGroup);
    }
  }

  Interest interest() {
    return new Interest(account, subject, queueGroup);
  }

  /** Returns whether requests that arrive by an interest can concern the stub. */
  boolean concerns(Interest interest, String literal) {
    // A queue group gives one of its subscriptions each message; without, each gets it.
    return account.equals(interest.account())
        && Objects.equals(queueGroup, interest.queueGroup())
        && (queueGroup == null
            ? subject.equals(interest.subject())
            : Subjects.matches(literal, subject));
  }

  /** Returns what keeps the stub from answering a request, in words; nothing if it answers it. */
  List<String> differences(StubRequest request, Scenarios scenarios) {
    List<String> all = new ArrayList<>();
    if (!Subjects.matches(request.subject(), subject)) {
      all.add("the subject was " + request.subject() + ", not " + subject);
    }
    matchers.forEach(matcher -> all.addAll(matcher.differences(request.view())));
    if (scenario != null && requiredState != null) {
      String present = scenarios.state(account, scenario);
      if (!present.equals(requiredState)) {
        all.add(
            "the scenario \""
                + scenario
                + "\" was in state \""
                + present
                + "\", not \""
                + requiredState
                + "\"");
      }
    }
    return all;
  }

  @Override
  public String toString() {
    if (!name.isEmpty()) {
      return '"' + name + '"';
    }
    return subject
        + matchers.stream().map(matcher -> " " + matcher).collect(Collectors.joining())
        + (requiredState == null ? "" : " while \"" + scenario + "\" is \"" + requiredState + '"');
  }
}
