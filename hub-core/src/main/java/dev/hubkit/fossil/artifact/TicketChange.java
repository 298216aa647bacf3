package dev.hubkit.fossil.artifact;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change to a ticket; the first one opens it.
 *
 * @param date when it was made
 * @param fields the fields it sets, in the order of their names
 * @param ticket the forty digits that are the ticket's identity
 * @param user the user who made it
 */
public record TicketChange(Instant date, List<Field> fields, String ticket, @Nullable String user)
    implements Artifact {
  /**
   * A J card.
   *
   * @param name the column of the ticket table; with a {@code +} in front the value is appended
   * @param value the value, perhaps empty
   */
  public record Field(String name, String value) {
    /** Returns whether the value is appended to the present one. */
    public boolean isAppended() {
      return name.startsWith("+");
    }

    /** The name of the column. */
    public String column() {
      return isAppended() ? name.substring(1) : name;
    }
  }

  /** Copies the list. */
  public TicketChange {
    fields = List.copyOf(fields);
  }

  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter().date('D', date);
    fields.stream()
        .sorted((a, b) -> Names.compare(a.name(), b.name()))
        .forEach(
            field -> {
              out.card('J').raw(field.name());
              if (!field.value().isEmpty()) {
                out.text(field.value());
              }
              out.end();
            });
    return out.card('K').raw(ticket).end().user(user).finish();
  }
}
