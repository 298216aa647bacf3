package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import java.util.ArrayList;
import java.util.List;

/**
 * The subject mappings by which clients reach JetStream under the name of a domain: {@code
 * $JS.<domain>.API} stands for {@code $JS.API}, and before the subjects of key-value and object
 * stores. As in nats-server (generateJSMappingTable in {@code server/jetstream_api.go}), they hold
 * for what clients publish, and not for what the server itself sends.
 */
final class Domain {
  // What follows the prefix of a domain, and where that is without a domain.
  private static final List<String[]> SUBJECTS =
      List.of(
          api("INFO"),
          api("STREAM.>"),
          api("CONSUMER.>"),
          api("DIRECT.>"),
          api("META.>"),
          api("SERVER.>"),
          api("ACCOUNT.>"),
          store("$KV.>"),
          store("$OBJ.>"));

  private Domain() {}

  private static String[] api(String suffix) {
    return new String[] {suffix, ApiSubjects.PREFIX + suffix};
  }

  private static String[] store(String subjects) {
    return new String[] {subjects, subjects};
  }

  /** Returns the mappings of an account on a server in the domain; none for the empty name. */
  static List<SubjectMapping> mappings(String domain) {
    List<SubjectMapping> mappings = new ArrayList<>();
    if (!domain.isEmpty()) {
      for (String[] each : SUBJECTS) {
        mappings.add(mapping(prefixOf(domain) + each[0], each[1]));
      }
    }
    return mappings;
  }

  /** Returns the mappings of the system account, which has no stores. */
  static List<SubjectMapping> systemMappings(String domain) {
    return domain.isEmpty()
        ? List.of()
        : List.of(mapping(prefixOf(domain) + ">", ApiSubjects.PREFIX + ">"));
  }

  private static SubjectMapping mapping(String source, String target) {
    return SubjectMapping.of(source, List.of(new SubjectMapping.Target(target, 100)));
  }

  private static String prefixOf(String domain) {
    return "$JS." + domain + ".API.";
  }
}
