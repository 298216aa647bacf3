package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a stream has read its sources. Outlives the messages, so that a stream whose messages are
 * gone continues where it was; like {@code sources.db} of nats-server.
 *
 * @param positions what was read of each source, by its index name
 * @param upTo the last sequence of the reading stream that the positions cover
 */
public record SourcePositions(Map<String, Position> positions, long upTo) {
  /** No positions. */
  public static final SourcePositions NONE = new SourcePositions(Map.of(), 0);

  /**
   * What was read of one source.
   *
   * @param sequence the last sequence of the source that is stored; 0 for none
   * @param identity what distinguishes the source from a later stream of that name; empty if it is
   *     not known
   */
  public record Position(long sequence, String identity) {
    /** Nothing was read. */
    public static final Position START = new Position(0, "");
  }

  public SourcePositions {
    positions = Map.copyOf(positions);
  }

  /** Writes the fields into the open object, if there are positions. */
  void writeTo(JsonWriter out) {
    if (positions.isEmpty()) {
      return;
    }
    out.beginObject("sources").field("up_to", upTo).beginObject("positions");
    positions.forEach(
        (name, position) ->
            out.beginObject(name)
                .field("seq", position.sequence())
                .fieldIfSet("identity", position.identity())
                .endObject());
    out.endObject().endObject();
  }

  /** Reads what {@link #writeTo} has written. */
  static SourcePositions parse(JsonObject description) {
    JsonObject sources = description.object("sources");
    JsonObject listed = sources == null ? null : sources.object("positions");
    if (sources == null || listed == null) {
      return NONE;
    }
    Map<String, Position> positions = new LinkedHashMap<>();
    for (String name : listed.names()) {
      JsonObject each = listed.object(name);
      if (each != null) {
        positions.put(name, new Position(each.integer("seq", 0), each.string("identity", "")));
      }
    }
    return new SourcePositions(positions, sources.integer("up_to", 0));
  }
}
