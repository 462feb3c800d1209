"""The state store: what the engine decided, as a stream of effects, read models and an outbox, in one database.

`opening.open_state_store` gives it; `writer` stores effects, `reader` and `effect_log` give them back, `projection`
says what each effect does to which read model, `outbox` keeps what is to be sent.
"""
