package dev.hubkit.nats.wire;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.release.Compatibility;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The INFO of a server, with the fields of nats-server in their order. Made by {@link
 * #builder(String, String, Compatibility)}; immutable.
 */
public final class ServerInfo {
  private final Builder fields;

  private ServerInfo(Builder fields) {
    this.fields = fields;
  }

  /** Returns a builder with the fields that every INFO has. */
  public static Builder builder(String serverId, String serverName, Compatibility compatibility) {
    return new Builder(serverId, serverName, compatibility);
  }

  /** Returns a builder with the same fields. */
  public Builder toBuilder() {
    return new Builder(fields);
  }

  /**
   * Returns the whole line: INFO, the JSON text, and the space before the line end that Go puts
   * there.
   */
  public byte[] line() {
    byte[] json = json();
    byte[] line = new byte[json.length + 8];
    System.arraycopy("INFO ".getBytes(StandardCharsets.US_ASCII), 0, line, 0, 5);
    System.arraycopy(json, 0, line, 5, json.length);
    line[line.length - 3] = ' ';
    line[line.length - 2] = '\r';
    line[line.length - 1] = '\n';
    return line;
  }

  /** Returns the JSON text. */
  public byte[] json() {
    Builder f = fields;
    return JsonWriter.compact()
        .beginObject()
        .field("server_id", f.serverId)
        .field("server_name", f.serverName)
        .field("version", f.compatibility.version())
        .field("proto", 1)
        .field("go", f.runtime)
        .field("host", f.host)
        .field("port", f.port)
        .field("headers", f.headers)
        .fieldIfSet("auth_required", f.authRequired)
        .fieldIfSet("tls_required", f.tlsRequired)
        .fieldIfSet("tls_verify", f.tlsVerify)
        .fieldIfSet("tls_available", f.tlsAvailable)
        .field("max_payload", f.maxPayload)
        .fieldIfSet("jetstream", f.jetStream)
        .fieldIfSet("client_id", f.clientId)
        .fieldIfSet("client_ip", f.clientIp)
        .fieldIfSet("nonce", f.nonce)
        .fieldIfSet("cluster", f.cluster)
        .fieldIfSet("domain", f.domain)
        .fieldIfSet("connect_urls", f.connectUrls)
        .fieldIfSet("ldm", f.lameDuck)
        .fieldIfSet("connect_info", f.connectInfo)
        .fieldIfSet("remote_account", f.remoteAccount)
        .fieldIfSet("acc_is_sys", f.systemAccount)
        // Sent with or without JetStream.
        .field("api_lvl", f.compatibility.apiLevel())
        .fieldIfSet("xkey", f.xkey)
        .endObject()
        .toBytes();
  }

  public String serverId() {
    return fields.serverId;
  }

  public String serverName() {
    return fields.serverName;
  }

  public String version() {
    return fields.compatibility.version();
  }

  /** Returns the releases of nats-server that the server behaves like. */
  public Compatibility compatibility() {
    return fields.compatibility;
  }

  public String host() {
    return fields.host;
  }

  public int port() {
    return fields.port;
  }

  /** Returns the cluster's name; null for none. */
  public @Nullable String cluster() {
    return fields.cluster;
  }

  /** Returns the JetStream domain; null for none. */
  public @Nullable String domain() {
    return fields.domain;
  }

  public int maxPayload() {
    return fields.maxPayload;
  }

  /** Returns where clients can connect to, each {@code host:port}. */
  public List<String> connectUrls() {
    return fields.connectUrls;
  }

  /** Returns where clients that come through WebSockets can connect to, each {@code host:port}. */
  public List<String> webSocketUrls() {
    return fields.webSocketUrls;
  }

  /** Returns whether messages may have headers. */
  public boolean headers() {
    return fields.headers;
  }

  public boolean authRequired() {
    return fields.authRequired;
  }

  public boolean jetStream() {
    return fields.jetStream;
  }

  /** Makes a {@link ServerInfo}. Not thread-safe. */
  public static final class Builder {
    private final String serverId;
    private final String serverName;
    private final Compatibility compatibility;
    private String runtime = "java" + Runtime.version().feature();
    private String host = "";
    private int port;
    private boolean headers = true;
    private boolean authRequired;
    private boolean tlsRequired;
    private boolean tlsVerify;
    private boolean tlsAvailable;
    private int maxPayload;
    private boolean jetStream;
    private long clientId;
    private @Nullable String clientIp;
    private @Nullable String nonce;
    private @Nullable String cluster;
    private @Nullable String domain;
    private List<String> connectUrls = List.of();
    private List<String> webSocketUrls = List.of();
    private String webSocketHost = "";
    private int webSocketPort;
    private boolean webSocketTls;
    private boolean lameDuck;
    private boolean connectInfo;
    private @Nullable String remoteAccount;
    private boolean systemAccount;
    private @Nullable String xkey;

    private Builder(String serverId, String serverName, Compatibility compatibility) {
      this.serverId = serverId;
      this.serverName = serverName;
      this.compatibility = compatibility;
    }

    private Builder(Builder from) {
      this(from.serverId, from.serverName, from.compatibility);
      runtime = from.runtime;
      host = from.host;
      port = from.port;
      headers = from.headers;
      authRequired = from.authRequired;
      tlsRequired = from.tlsRequired;
      tlsVerify = from.tlsVerify;
      tlsAvailable = from.tlsAvailable;
      maxPayload = from.maxPayload;
      jetStream = from.jetStream;
      clientId = from.clientId;
      clientIp = from.clientIp;
      nonce = from.nonce;
      cluster = from.cluster;
      domain = from.domain;
      connectUrls = from.connectUrls;
      webSocketUrls = from.webSocketUrls;
      webSocketHost = from.webSocketHost;
      webSocketPort = from.webSocketPort;
      webSocketTls = from.webSocketTls;
      lameDuck = from.lameDuck;
      connectInfo = from.connectInfo;
      remoteAccount = from.remoteAccount;
      systemAccount = from.systemAccount;
      xkey = from.xkey;
    }

    /** Sets where the server listens for clients. */
    public Builder address(String listenHost, int listenPort) {
      host = listenHost;
      port = listenPort;
      return this;
    }

    /** Sets whether messages may have headers; true by default. */
    public Builder headers(boolean supported) {
      headers = supported;
      return this;
    }

    /** Sets whether clients must authenticate. */
    public Builder authRequired(boolean required) {
      authRequired = required;
      return this;
    }

    /** Sets what INFO tells clients about TLS. */
    public Builder tls(boolean required, boolean verify, boolean available) {
      tlsRequired = required;
      tlsVerify = verify;
      tlsAvailable = available;
      return this;
    }

    /** Sets the largest payload in bytes. */
    public Builder maxPayload(int bytes) {
      maxPayload = bytes;
      return this;
    }

    /** Sets whether the server has JetStream. */
    public Builder jetStream(boolean enabled) {
      jetStream = enabled;
      return this;
    }

    /** Sets the JetStream domain. */
    public Builder domain(@Nullable String name) {
      domain = name;
      return this;
    }

    /** Sets which client the INFO is for. */
    public Builder client(long id, @Nullable String address) {
      clientId = id;
      clientIp = address;
      return this;
    }

    /** Sets the nonce that the client signs. */
    public Builder nonce(@Nullable String text) {
      nonce = text;
      return this;
    }

    /**
     * Sets the cluster's name, and where else clients can connect ({@code host:port}): those that
     * come through TCP, and those that come through WebSockets.
     */
    public Builder cluster(
        @Nullable String name, List<String> urls, List<String> throughWebSocket) {
      cluster = name;
      connectUrls = List.copyOf(urls);
      webSocketUrls = List.copyOf(throughWebSocket);
      return this;
    }

    /** Sets where the server listens for WebSockets, and whether with TLS. */
    public Builder webSocket(String listenHost, int listenPort, boolean tls) {
      webSocketHost = listenHost;
      webSocketPort = listenPort;
      webSocketTls = tls;
      return this;
    }

    /** Makes this the INFO of a client that comes through a WebSocket. */
    public Builder throughWebSocket() {
      connectUrls = webSocketUrls;
      tlsAvailable = webSocketTls;
      tlsRequired = webSocketTls;
      host = webSocketHost;
      port = webSocketPort;
      return this;
    }

    /** Sets whether the server is in lame duck mode. */
    public Builder lameDuck(boolean leaving) {
      lameDuck = leaving;
      return this;
    }

    /** Makes this the INFO that answers a client's first PING. */
    public Builder connected(String account, boolean system) {
      connectInfo = true;
      remoteAccount = account;
      systemAccount = system;
      return this;
    }

    /** Sets the server's public X25519 key, for auth callouts. */
    public Builder xkey(@Nullable String key) {
      xkey = key;
      return this;
    }

    /** Returns the fields as they are set now. */
    public ServerInfo build() {
      return new ServerInfo(new Builder(this));
    }
  }
}
