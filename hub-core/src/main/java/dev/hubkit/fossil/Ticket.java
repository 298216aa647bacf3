package dev.hubkit.fossil;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A ticket as it is now.
 *
 * @param id forty hexadecimal digits, its identity
 * @param changed when it last changed
 * @param fields the columns of the project's ticket table that have a value
 */
public record Ticket(String id, Instant changed, Map<String, String> fields) {
  /** Copies the fields and keeps their order. */
  public Ticket {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }
}
