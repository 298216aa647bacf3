package dev.hubkit.junit.stub;

/**
 * Answers requests in the place of a service. Called on threads of the toolkit, by several at once;
 * it may block, but no more than eight calls run at a time in one hub.
 */
@FunctionalInterface
public interface StubFunction {
  /**
   * Returns the reply to a request.
   *
   * @throws Exception for the service error 500, which the failure of the test then shows, too
   */
  StubReply answer(StubRequest request) throws Exception;
}
