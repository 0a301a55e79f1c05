# shellcheck shell=bash disable=SC2154
# Sourced by setup-env.sh: asks for the alert channel. All channels, and several at a time:
# docs/alert-channels.md.

has_channel() {
  for each in $channels; do if is_set "$each"; then return 0; fi; done
  for each in $channel_settings; do if [[ -n ${!each:-}$(setting "$each") ]]; then return 0; fi; done
  return 1
}

ask_for_channel() {
  while :; do
    ask 'Where alerts go: telegram, slack, pagerduty, rollbar, or none (Enter: none)'
    case $(tr A-Z a-z <<<"$answer") in
      telegram) need_secret TELEGRAM_BOT_TOKEN 'Token of the Telegram bot, from @BotFather' ;;
      slack) need_secret SLACK_WEBHOOK_URL 'URL of the incoming webhook of the Slack channel' ;;
      pagerduty) need_secret PAGERDUTY_ROUTING_KEY 'Integration key (Events API v2) of the PagerDuty service' ;;
      rollbar) need_secret ROLLBAR_API_KEY 'Access token (post_server_item) of the Rollbar project' ;;
      '' | none) ;;
      *) say "  $answer is none of them; Discord, e-mail and webhooks by hand: docs/alert-channels.md"; continue ;;
    esac
    return
  done
}
