// Scripted humans: several real Matrix clients (matrix-js-sdk, Rust crypto) in one Node process.
//
// One JSON object per line. In:  {tag, who, do, ...}. Out: {tag, ok, res | error} for each command,
// and {ev, who, ...} for what a person's client shows: timeline, decrypted, membership, state.
// Ends when stdin ends, so it never outlives the program that started it. Nothing is written to disk.
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import {
    CrossSigningKey,
    CryptoEvent,
    EventShieldColour,
    EventShieldReason,
    OnlySignedDevicesIsolationMode,
} from "matrix-js-sdk/lib/crypto-api/index.js";
import readline from "node:readline";
import { decryptAttachment, encryptAttachment } from "./attachment.mjs";

const OUT = process.stdout; // everything else that prints would break the line protocol
if (!process.env.PARLEY_HUMAN_DEBUG) {
    logger.disableAll?.();
    for (const name of ["log", "info", "debug", "warn", "trace"]) console[name] = () => {};
}
const emit = (line) => OUT.write(JSON.stringify(line) + "\n");
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

class Human {
    constructor(who) {
        this.who = who;
        this.shown = new Map(); // event id -> event whose shield or text may still change
    }

    say(ev, fields) {
        emit({ ev, who: this.who, ...fields });
    }

    storage = new Map();

    async start({ hs, user, password, isolate, signed, device, name }) {
        const door = sdk.createClient({ baseUrl: hs });
        const login = await door.loginRequest({
            type: "m.login.password",
            identifier: { type: "m.id.user", user },
            password,
            device_id: device ?? undefined,
            initial_device_display_name: name ?? undefined,
        });
        this.user = login.user_id;
        this.password = password;
        this.client = sdk.createClient({
            baseUrl: hs,
            accessToken: login.access_token,
            userId: login.user_id,
            deviceId: login.device_id,
            cryptoCallbacks: {
                // The keys to the person's own secret storage, as long as this client lives.
                getSecretStorageKey: async ({ keys }) => {
                    const id = Object.keys(keys).find((known) => this.storage.has(known));
                    return id ? [id, this.storage.get(id)] : null;
                },
                cacheSecretStorageKey: (id, _info, key) => this.storage.set(id, key),
            },
        });
        await this.client.initRustCrypto({ useIndexedDB: false });
        this.crypto = this.client.getCrypto();
        if (signed) await this.bootstrap(false);
        if (isolate) this.crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
        this.listen();
        const prepared = new Promise((done) => this.client.on("sync", (s) => s === "PREPARED" && done()));
        await this.client.startClient({ initialSyncLimit: 500, threadSupport: false });
        await prepared;
        const keys = await this.crypto.getOwnDeviceKeys();
        return {
            user: this.user,
            device: login.device_id,
            access_token: login.access_token,
            fingerprint: keys.ed25519,
            curve25519: keys.curve25519,
            master_key: await this.crypto.getCrossSigningKeyId(CrossSigningKey.Master),
            crypto: this.crypto.getVersion(),
        };
    }

    bootstrap(renew) {
        const identifier = { type: "m.id.user", user: this.user };
        return this.crypto.bootstrapCrossSigning({
            setupNewCrossSigning: renew,
            authUploadDeviceSigningKeys: (make) =>
                make({ type: "m.login.password", identifier, password: this.password }),
        });
    }

    // What another client of the same person asks for ("recovery key") to be vouched for.
    async recoveryKey() {
        const made = await this.crypto.createRecoveryKeyFromPassphrase();
        await this.crypto.bootstrapSecretStorage({
            createSecretStorageKey: async () => made,
            setupNewSecretStorage: true,
        });
        return { key: made.encodedPrivateKey };
    }

    listen() {
        const { client } = this;
        client.on(sdk.RoomEvent.Timeline, (event, room, backwards) => {
            // What this very device sent is known to the script; other devices of the user are shown.
            if (backwards || event.status || event.getUnsigned()?.transaction_id) return;
            this.show(event, room.roomId).catch(trouble);
        });
        client.on(sdk.MatrixEventEvent.Decrypted, (event) => this.reshow(event).catch(trouble));
        client.on(sdk.RoomMemberEvent.Membership, (event, member) =>
            this.say("membership", {
                room: member.roomId,
                user: member.userId,
                membership: member.membership,
                sender: event.getSender(),
            }),
        );
        client.on(sdk.RoomEvent.MyMembership, (room, membership) =>
            this.say("membership", { room: room.roomId, user: this.user, membership, sender: null }),
        );
        client.on(sdk.RoomStateEvent.Events, (event) =>
            this.say("state", {
                room: event.getRoomId(),
                type: event.getType(),
                key: event.getStateKey(),
                sender: event.getSender(),
                content: event.getContent(),
            }),
        );
        const recheck = () => this.recheck().catch(trouble);
        client.on(CryptoEvent.DevicesUpdated, recheck);
        client.on(CryptoEvent.KeysChanged, recheck);
        client.on(CryptoEvent.UserTrustStatusChanged, recheck);
    }

    // A client draws a message when it arrives and again when a key or a sender's identity arrives.
    async show(event, room) {
        await this.client.decryptEventIfNeeded(event);
        const face = await this.face(event);
        this.say("timeline", {
            room,
            id: event.getId(),
            type: event.getType(),
            sender: event.getSender(),
            at: event.getTs(),
            state_key: event.getStateKey() ?? null,
            relates_to: event.getWireContent()?.["m.relates_to"] ?? null,
            ...face,
        });
        if (face.failed || face.colour) this.shown.set(event.getId(), { event, last: JSON.stringify(face) });
    }

    async face(event) {
        const encrypted = event.isEncrypted();
        const info = encrypted ? await this.crypto.getEncryptionInfoForEvent(event) : null;
        return {
            type: event.getType(),
            content: event.getOriginalContent(),
            encrypted,
            failed: event.isDecryptionFailure(),
            why: event.decryptionFailureReason ?? null,
            colour: info ? EventShieldColour[info.shieldColour].toLowerCase() : null,
            reason: info?.shieldReason == null ? null : EventShieldReason[info.shieldReason].toLowerCase(),
        };
    }

    async reshow(event) {
        const shown = this.shown.get(event.getId());
        if (!shown) return;
        const face = await this.face(event);
        const text = JSON.stringify(face);
        if (text === shown.last) return;
        shown.last = text;
        this.say("decrypted", { room: event.getRoomId(), id: event.getId(), ...face });
        if (!face.failed && face.colour === "none") this.shown.delete(event.getId());
    }

    async recheck() {
        for (const { event } of [...this.shown.values()]) {
            if (event.isDecryptionFailure()) await event.attemptDecryption(this.client.getCrypto(), { isRetry: true });
            await this.reshow(event);
        }
    }

    async until(condition, what) {
        for (let i = 0; i < 300; i++) {
            const found = await condition();
            if (found) return found;
            await pause(50);
        }
        throw new Error(`waited 15 s for ${what}`);
    }

    async settled(room, encrypted) {
        await this.until(() => {
            const known = this.client.getRoom(room);
            return known?.getMyMembership() === "join" && known.currentState.getStateEvents("m.room.create", "");
        }, `the state of ${room}`);
        if (encrypted) await this.until(() => this.crypto.isEncryptionEnabledInRoom(room), `encryption in ${room}`);
        return { room };
    }

    async join({ room }) {
        const joined = await this.client.joinRoom(room);
        return this.settled(joined.roomId, false);
    }

    // A person's client never sends in clear into a room the script believes encrypted.
    async send({ room, type, content, clear, txn }) {
        if (!clear && !(await this.crypto.isEncryptionEnabledInRoom(room))) {
            throw new Error(`${room} is not encrypted; say so with clear=True`);
        }
        const answer = await this.client.sendEvent(room, type ?? "m.room.message", content, txn ?? undefined);
        return { id: answer.event_id };
    }

    async create({ name, invite, encrypted, direct, version }) {
        const state = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
        const { room_id: room } = await this.client.createRoom({
            name: name ?? undefined,
            preset: "private_chat",
            is_direct: direct,
            invite,
            room_version: version ?? undefined,
            initial_state: encrypted ? [state] : [],
        });
        await this.settled(room, encrypted);
        // A first message before the invites are known would reach nobody.
        for (const user of invite) {
            await this.until(() => this.client.getRoom(room).getMember(user)?.membership, `${user} in ${room}`);
        }
        return { room };
    }

    async sendFile({ room, name, mime, b64, msgtype, caption }) {
        const plain = Buffer.from(b64, "base64");
        const { cipher, file } = await encryptAttachment(plain);
        const { content_uri: url } = await this.client.uploadContent(cipher, {
            type: "application/octet-stream",
            includeFilename: false,
        });
        const content = {
            msgtype,
            body: caption ?? name,
            filename: name,
            info: { mimetype: mime, size: plain.length },
            file: { ...file, url },
        };
        return { ...(await this.send({ room, content })), content };
    }

    async download({ file }) {
        const http = this.client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
        const answer = await fetch(http, { headers: { Authorization: `Bearer ${this.client.getAccessToken()}` } });
        if (!answer.ok) throw new Error(`download answered ${answer.status}`);
        const cipher = Buffer.from(await answer.arrayBuffer());
        const plain = file.key ? await decryptAttachment(cipher, file) : cipher;
        return { b64: plain.toString("base64") };
    }

    async stop() {
        this.client.stopClient();
        return {};
    }

    async command(c) {
        const { client, crypto } = this;
        switch (c.do) {
            case "start": return this.start(c);
            case "stop": return this.stop();
            case "join": return this.join(c);
            case "settled": return this.settled(c.room, c.encrypted);
            case "send": return this.send(c);
            case "create": return this.create(c);
            case "send_file": return this.sendFile(c);
            case "download": return this.download(c);
            case "leave": await client.leave(c.room); return {};
            case "invite": await client.invite(c.room, c.user); return {};
            case "kick": await client.kick(c.room, c.user, c.reason); return {};
            case "state": return { id: (await client.sendStateEvent(c.room, c.type, c.content, c.key)).event_id };
            case "redact": return { id: (await client.redactEvent(c.room, c.id)).event_id };
            case "react": {
                const relates = { rel_type: "m.annotation", event_id: c.id, key: c.key };
                return this.send({ room: c.room, type: "m.reaction", content: { "m.relates_to": relates } });
            }
            case "typing": await client.sendTyping(c.room, c.on, 5000); return {};
            case "rename": await client.setDisplayName(c.name); return {};
            case "keys": return client.downloadKeysForUsers([c.user]);
            case "sign_device": await crypto.crossSignDevice(c.device); return {};
            case "new_identity": {
                await this.bootstrap(true);
                return { master_key: await crypto.getCrossSigningKeyId(CrossSigningKey.Master) };
            }
            case "recovery_key": return this.recoveryKey();
            case "rotate": await crypto.forceDiscardSession(c.room); return {};
            default: throw new Error(`no such command: ${c.do}`);
        }
    }
}

const trouble = (error) => process.stderr.write(`${error?.stack ?? error}\n`);
process.on("uncaughtException", trouble);
process.on("unhandledRejection", trouble);
OUT.on("error", () => process.exit(0));

const humans = new Map();
async function answer(c) {
    try {
        if (c.do === "start") {
            if (humans.has(c.who)) throw new Error(`${c.who} is already here`);
            humans.set(c.who, new Human(c.who));
        }
        const human = humans.get(c.who);
        if (!human) throw new Error(`${c.who} is not here`);
        const res = await human.command(c);
        if (c.do === "stop") humans.delete(c.who);
        emit({ tag: c.tag, ok: true, res });
    } catch (error) {
        if (c.do === "start") humans.delete(c.who);
        emit({ tag: c.tag, ok: false, error: String(error?.message ?? error) });
    }
}

emit({ ev: "ready", who: null, node: process.version });
for await (const line of readline.createInterface({ input: process.stdin })) void answer(JSON.parse(line));
process.exit(0);
