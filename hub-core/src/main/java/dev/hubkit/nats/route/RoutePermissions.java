package dev.hubkit.nats.route;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Permissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which subjects cross the routes of a server ({@code cluster { permissions }}). It tells others of
 * its clients' subscriptions to what it imports, and takes note of others' to what it exports.
 *
 * @param importAllow null for everything
 * @param exportAllow null for everything
 */
public record RoutePermissions(
    @Nullable List<String> importAllow,
    List<String> importDeny,
    @Nullable List<String> exportAllow,
    List<String> exportDeny) {
  /** Everything crosses. */
  public static final RoutePermissions ALL = new RoutePermissions(null, List.of(), null, List.of());

  /**
   * Returns them in the form that is fast to query: publishing stands for importing, subscribing
   * for exporting.
   */
  Permissions permissions() {
    return new Permissions(importAllow, importDeny, exportAllow, exportDeny, null);
  }

  /** Reads what another server says of its own. */
  static RoutePermissions read(JsonObject info) {
    JsonObject in = info.object("import");
    JsonObject out = info.object("export");
    return new RoutePermissions(
        in == null || !in.has("allow") ? null : in.strings("allow"),
        in == null ? List.of() : in.strings("deny"),
        out == null || !out.has("allow") ? null : out.strings("allow"),
        out == null ? List.of() : out.strings("deny"));
  }

  void write(JsonWriter json) {
    write(json, "import", importAllow, importDeny);
    write(json, "export", exportAllow, exportDeny);
  }

  private static void write(
      JsonWriter json, String name, @Nullable List<String> allow, List<String> deny) {
    if (allow != null || !deny.isEmpty()) {
      json.beginObject(name);
      if (allow != null) {
        json.fieldIfSet("allow", allow);
      }
      json.fieldIfSet("deny", deny).endObject();
    }
  }
}
