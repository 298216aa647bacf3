package dev.hubkit.nats.credential;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the validation of claims has found, in the words of the JWT library of NATS ({@code
 * validation.go}).
 */
public final class ClaimIssues {
  /** How much an issue matters. */
  public enum Kind {
    /** The claims cannot be used. */
    ERROR,
    /** The claims cannot be used now. */
    TIME,
    /** The claims can be used. */
    WARNING
  }

  /** One thing that was found. */
  public record Issue(Kind kind, String description) {}

  private final List<Issue> issues = new ArrayList<>();

  ClaimIssues() {}

  void error(String description) {
    issues.add(new Issue(Kind.ERROR, description));
  }

  void warning(String description) {
    issues.add(new Issue(Kind.WARNING, description));
  }

  /** Checks when a token is valid. */
  void times(Jwt jwt, long now) {
    if (jwt.expires() > 0 && now > jwt.expires()) {
      issues.add(new Issue(Kind.TIME, "claim is expired"));
    }
    if (jwt.notBefore() > 0 && jwt.notBefore() > now) {
      issues.add(new Issue(Kind.TIME, "claim is not yet valid"));
    }
  }

  /** Returns everything that was found, in the order in which it was found. */
  public List<Issue> all() {
    return List.copyOf(issues);
  }

  /** Returns whether there is an error. */
  public boolean hasErrors() {
    return issues.stream().anyMatch(issue -> issue.kind() == Kind.ERROR);
  }

  /** Returns whether the claims cannot be used, for an error or because it is not their time. */
  public boolean isBlocking() {
    return issues.stream().anyMatch(issue -> issue.kind() != Kind.WARNING);
  }

  /** Returns the errors as Go prints a slice of them. */
  public String errors() {
    return issues.stream()
        .filter(issue -> issue.kind() == Kind.ERROR)
        .map(Issue::description)
        .collect(Collectors.joining(" ", "[", "]"));
  }
}
