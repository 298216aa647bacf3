package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.Subjects;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds imports that would lead messages back to the account that they come from. Accounts may
 * import from each other as long as the subjects do not meet (checkServiceImportsForCycles and
 * checkStreamImportsForCycles in nats-server's {@code accounts.go}).
 */
public final class ImportCycles {
  private static final int MAX_DEPTH = 1024;

  /** An account, as far as cycles depend on it. */
  public interface Sharer {
    /** Returns the name, by which accounts are told apart. */
    String name();

    /** Returns whether an export of streams covers the subject. */
    boolean exportsStream(String subject);

    List<Imported> importedStreams();

    List<Imported> importedServices();
  }

  /**
   * What an account imports.
   *
   * @param from the exporter
   * @param remote the subject there, may have wildcards
   * @param local the subject here, may have wildcards
   */
  public record Imported(Sharer from, String remote, String local) {}

  private ImportCycles() {}

  /**
   * Checks whether a stream can be imported.
   *
   * @throws IllegalArgumentException in nats-server's words, if it cannot
   */
  public static void checkStream(Sharer importer, Sharer exporter, String subject) {
    check(streams(exporter, subject, visited(importer)));
  }

  /**
   * Checks whether a service can be imported.
   *
   * @param subject the subject of the requests in the importing account
   * @throws IllegalArgumentException in nats-server's words, if it cannot
   */
  public static void checkService(Sharer importer, Sharer exporter, String subject) {
    check(services(exporter, subject, visited(importer)));
  }

  private static void check(boolean cycle) {
    if (cycle) {
      throw new IllegalArgumentException("import forms a cycle");
    }
  }

  private static Set<String> visited(Sharer importer) {
    return new HashSet<>(Set.of(importer.name()));
  }

  private static void checkDepth(Set<String> visited) {
    if (visited.size() >= MAX_DEPTH) {
      throw new IllegalArgumentException("search cycle depth exhausted");
    }
  }

  private static boolean streams(Sharer account, String subject, Set<String> visited) {
    checkDepth(visited);
    if (!account.exportsStream(subject)) {
      return false;
    }
    for (Imported each : account.importedStreams()) {
      if (Subjects.overlap(subject, each.local())) {
        if (visited.contains(each.from().name())) {
          return true;
        }
        visited.add(account.name());
        if (streams(each.from(), narrower(each.local(), subject), visited)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean services(Sharer account, String subject, Set<String> visited) {
    checkDepth(visited);
    for (Imported each : account.importedServices()) {
      if (Subjects.overlap(subject, each.remote())) {
        if (visited.contains(each.from().name())) {
          return true;
        }
        visited.add(account.name());
        if (services(each.from(), narrower(each.local(), subject), visited)) {
          return true;
        }
      }
    }
    return false;
  }

  private static String narrower(String local, String subject) {
    return Subjects.isSubset(local, subject) ? local : subject;
  }
}
