package shop;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/** Where the application finds NATS: a service connection of its own, as libraries define them. */
public interface NatsConnectionDetails extends ConnectionDetails {
  String servers();
}
