package dev.hubkit.nats.security;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The subject of a certificate, or a user's name that spells one (RFC 4514).
 *
 * @param parts in the order of the certificate, which is the reverse of how they are written
 */
record DistinguishedName(List<Part> parts) {
  private static final String COMPONENT = "DC";
  private static final String NAME = "CN";
  private static final String SERIAL_NUMBER = "SERIALNUMBER";
  // Those of which Go's String of a subject consists, in its order (pkix.Name.ToRDNSequence).
  private static final List<String> SPELLED =
      List.of(SERIAL_NUMBER, NAME, "POSTALCODE", "STREET", "ST", "L", "OU", "O", "C");
  // What the JDK has no short names for.
  private static final Map<String, String> KEYWORDS =
      Map.of("2.5.4.5", SERIAL_NUMBER, "2.5.4.17", "POSTALCODE");
  private static final String ESCAPED = ",+\"\\<>;";

  /** An attribute: its type, in capitals, and its value. */
  private record Value(String type, String text) {}

  /** Attributes that stand together, mostly one. */
  record Part(List<Value> values) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Part part
          && values.size() == part.values.size()
          && Set.copyOf(values).equals(Set.copyOf(part.values));
    }

    @Override
    public int hashCode() {
      return new HashSet<>(values).hashCode();
    }
  }

  /** Returns the subject of a certificate. */
  static DistinguishedName of(X509Certificate certificate) {
    DistinguishedName subject =
        parse(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253, KEYWORDS));
    return subject == null ? new DistinguishedName(List.of()) : subject;
  }

  /** Reads what a user is called; returns null where that is no such name. */
  static @Nullable DistinguishedName parse(String text) {
    try {
      List<Part> parts = new ArrayList<>();
      for (Rdn each : new LdapName(text).getRdns()) {
        parts.add(part(each));
      }
      return new DistinguishedName(parts);
    } catch (NamingException e) {
      return null;
    }
  }

  private static Part part(Rdn each) throws NamingException {
    List<Value> values = new ArrayList<>();
    for (Attribute attribute : Collections.list(each.toAttributes().getAll())) {
      for (Object value : Collections.list(attribute.getAll())) {
        if (!(value instanceof String text)) {
          throw new InvalidNameException("only texts are compared");
        }
        values.add(new Value(attribute.getID().toUpperCase(Locale.ROOT), text));
      }
    }
    return new Part(values);
  }

  /** Returns whether both have the same parts, in whatever order. */
  boolean matches(DistinguishedName other) {
    return counted(parts).equals(counted(other.parts));
  }

  private static Map<Part, Integer> counted(List<Part> parts) {
    Map<Part, Integer> counts = new HashMap<>();
    parts.forEach(part -> counts.merge(part, 1, Integer::sum));
    return counts;
  }

  /** Returns whether nats-server knows all types in it, and compares it part by part. */
  boolean isComparable() {
    return parts.stream()
        .flatMap(part -> part.values().stream())
        .allMatch(value -> value.type().equals(COMPONENT) || SPELLED.contains(value.type()));
  }

  /**
   * Returns how Go spells it, which can be a user's name: first with the domain components behind
   * all else, if there are any, then without (checkClientTLSCertSubject in nats-server's {@code
   * auth.go}).
   */
  List<String> spellings() {
    String plain =
        SPELLED.stream()
            .map(type -> spelled(type, values(type)))
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining(","));
    List<String> spellings = new ArrayList<>();
    List<String> components = values(COMPONENT);
    if (!components.isEmpty()) {
      spellings.add(
          plain
              + components.stream()
                  .map(each -> "," + COMPONENT + "=" + each)
                  .collect(Collectors.joining()));
    }
    if (!plain.isEmpty()) {
      spellings.add(plain);
    }
    return spellings;
  }

  private List<String> values(String type) {
    return parts.stream()
        .flatMap(part -> part.values().stream())
        .filter(value -> value.type().equals(type))
        .map(Value::text)
        .toList();
  }

  private static String spelled(String type, List<String> values) {
    // Of a name or serial number, the last one counts.
    boolean single = type.equals(NAME) || type.equals(SERIAL_NUMBER);
    return values.stream()
        .skip(single ? Math.max(0, values.size() - 1) : 0)
        .map(value -> type + "=" + escaped(value))
        .collect(Collectors.joining("+"));
  }

  private static String escaped(String value) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char each = value.charAt(i);
      boolean atEdge = i == 0 || i == value.length() - 1;
      if (ESCAPED.indexOf(each) >= 0 || (each == ' ' && atEdge) || (each == '#' && i == 0)) {
        text.append('\\');
      }
      text.append(each);
    }
    return text.toString();
  }
}
