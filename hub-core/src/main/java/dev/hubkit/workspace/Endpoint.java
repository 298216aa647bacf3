package dev.hubkit.workspace;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/**
 * The address of a service.
 *
 * @param url its URL
 * @param identity how this server identifies itself: the server id of NATS, the project code of
 *     Fossil; null when it is not known
 * @param external whether the hub does not run the server
 */
public record Endpoint(String url, @Nullable String identity, boolean external) {
  /** The URL as people may see it: without the password or token, if it has one. */
  public String shown() {
    return shown(url);
  }

  /** Returns a URL, or several with commas between them, without the passwords and tokens. */
  public static String shown(String url) {
    return url.replaceAll("//[^/@,:]+@", "//...@").replaceAll("(//[^/@,:]*):[^/@,]*@", "$1:...@");
  }

  static @Nullable Endpoint read(@Nullable JsonObject json) {
    @Nullable String url = json == null ? null : json.string("url");
    return json == null || url == null
        ? null
        : new Endpoint(url, json.string("identity"), json.bool("external", false));
  }

  void write(String name, JsonWriter json) {
    json.beginObject(name)
        .field("url", url)
        .fieldIfSet("identity", identity)
        .field("external", external)
        .endObject();
  }
}
