package kitchen;

import io.micronaut.nats.annotation.NatsClient;
import io.micronaut.nats.annotation.Subject;

/** Sends orders to the kitchen. */
@NatsClient
public interface Waiter {
  @Subject("kitchen.orders")
  String order(String dish);
}
